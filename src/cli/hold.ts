import type { Command } from 'commander';
import type { EnvironmentJson, HoldJson, HoldsJson } from '../api/schemas/environment.ts';
import type { ApiClient } from './api-client.ts';
import type { Io } from './io.ts';
import { type ListFormat, printList, withFormat } from './print.ts';
import { clientFor, withServerOptions, type ServerOptions } from './server-options.ts';
import { resolveTarget } from './sync-request.ts';
import { usageError } from './usage-error.ts';

interface HoldOptions extends ServerOptions {
  reason?: string;
  list?: boolean;
  format: ListFormat;
}

/** `plumbline pause|resume <environment or repository> [stack]`, and `suspend <repository> <stack>`. */
export function registerHolds(program: Command, io: Io): void {
  withFormat(withServerOptions(program.command('pause')))
    .description('Apply nothing any more in an environment, a repository or a stack; scans go on')
    .argument('[target]', 'environment (name or alias) or repository')
    .argument('[stack]', 'only this stack of the repository')
    .option('--reason <text>', 'why (needed): others have to know whether they may resume')
    .option('--list', 'only show what is paused and pinned')
    .action(async (target: string | undefined, stack: string | undefined, options: HoldOptions) => {
      const client = await clientFor(options, io);
      if (options.list) return await listHolds(client, options.format, io);
      if (!options.reason) throw usageError('Say why: --reason "…".');
      const place = await placeOf(client, target, stack);
      const hold = await client.post<HoldJson>('/api/holds', { ...place, reason: options.reason });
      if (options.format === 'json') return io.out(JSON.stringify(hold, null, 2));
      io.note(`Paused ${nameOf(hold)}. Nothing is applied until: plumbline resume`);
    });
  withFormat(withServerOptions(program.command('suspend')))
    .description('Suspend a stack as `flux suspend` does: nothing starts its syncs by itself; scans go on')
    .argument('<repo>', 'repository')
    .argument('<stack>', 'stack, by key or path')
    .option('--reason <text>', 'why', 'Suspended from the command line.')
    .action(async (repo: string, stack: string, options: HoldOptions) => {
      const client = await clientFor(options, io);
      const place = { scope: 'stack', repo, name: stack };
      const hold = await client.post<HoldJson>('/api/holds', { ...place, reason: options.reason });
      if (options.format === 'json') return io.out(JSON.stringify(hold, null, 2));
      io.note(`Suspended ${nameOf(hold)}. It goes on with: plumbline resume ${repo} ${hold.name}`);
    });
  withFormat(withServerOptions(program.command('resume')))
    .description('Release a pause, a suspension, or the pin of a rollback')
    .argument('<target>', 'environment (name or alias) or repository')
    .argument('[stack]', 'only this stack of the repository')
    .option('--reason <text>', 'why')
    .action(async (target: string, stack: string | undefined, options: HoldOptions) => {
      const client = await clientFor(options, io);
      const place = await placeOf(client, target, stack);
      const body = { ...place, ...(options.reason ? { reason: options.reason } : {}) };
      const released = await client.delete<HoldsJson>('/api/holds', body);
      if (options.format === 'json') return io.out(JSON.stringify(released, null, 2));
      for (const hold of released.holds) io.note(`Released the ${hold.kind} of ${nameOf(hold)}.`);
    });
}

async function placeOf(
  client: ApiClient,
  target: string | undefined,
  stack: string | undefined,
): Promise<{ scope: 'repo' | 'environment' | 'stack'; repo?: string; name?: string }> {
  if (target === undefined) throw usageError('Name an environment or a repository.');
  if (stack !== undefined) return { scope: 'stack', repo: target, name: stack };
  const { type, name } = await resolveTarget(client, target);
  return type === 'repo' ? { scope: 'repo', repo: name } : { scope: 'environment', name };
}

function nameOf({ scope, repo, name }: HoldJson): string {
  if (scope === 'repo') return `repository ${repo}`;
  return scope === 'stack' ? `stack ${name} of ${repo}` : `environment ${name}`;
}

async function listHolds(client: ApiClient, format: ListFormat, io: Io): Promise<void> {
  const list = await client.get<HoldsJson>('/api/holds');
  printList(io, format, {
    json: list,
    head: ['KIND', 'WHAT', 'COMMIT', 'BY', 'SINCE', 'REASON'],
    rows: list.holds.map((hold) => [
      hold.kind,
      nameOf(hold),
      hold.commit?.slice(0, 12) ?? '-',
      hold.by,
      hold.at,
      hold.merge_needed ?? hold.reason,
    ]),
    empty: 'Nothing is paused or pinned.',
  });
}

/** `plumbline environments`. */
export function registerEnvironments(program: Command, io: Io): void {
  withFormat(withServerOptions(program.command('environments')))
    .description('List environments in their order of syncing')
    .action(async (options: ServerOptions & { format: ListFormat }) => {
      const client = await clientFor(options, io);
      const list = await client.get<{ environments: EnvironmentJson[] }>('/api/environments');
      printList(io, options.format, {
        json: list,
        head: [
          'ENVIRONMENT',
          'ALIASES',
          'REPOS',
          'STACKS',
          'DRIFTED',
          'PENDING',
          'WAITING',
          'APPROVALS',
          'SYNCS',
          'HOLD',
        ],
        rows: list.environments.map((environment) => [
          environment.name,
          environment.aliases.join(', ') || '-',
          environment.repos.join(', ') || '-',
          String(environment.stacks),
          String(environment.drifted),
          String(environment.pending),
          String(environment.waiting),
          String(environment.policy.approvals.required),
          environment.policy.automated ? 'by itself' : 'when asked',
          environment.hold ? `${environment.hold.kind}: ${environment.hold.reason}` : '-',
        ]),
        empty: 'No environment is known.',
      });
    });
}
