import type { Command } from 'commander';
import type { TraceJson, TracesJson } from '../api/schemas/trace.ts';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';
import { type ListFormat, withFormat } from './print.ts';
import { clientFor, withServerOptions, type ServerOptions } from './server-options.ts';

interface TraceOptions extends ServerOptions {
  namespace?: string;
  format: ListFormat;
}

/** `plumbline trace <kind/name>`: from an object to its stack, its commit, and who agreed with it. */
export function registerTrace(program: Command, io: Io): void {
  withFormat(withServerOptions(program.command('trace')))
    .description('Show where an object comes from: its stack, its commit, its last apply, who approved that')
    .argument('<object>', 'kind and name, e.g. deployment/web or pods/web-5d9c-x2x8p')
    .option('-n, --namespace <name>', 'only in this namespace')
    .action(async (object: string, options: TraceOptions) => {
      const client = await clientFor(options, io);
      const query = new URLSearchParams({
        object,
        ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
      });
      const found = await client.get<TracesJson>(`/api/trace?${query}`);
      if (options.format === 'json') io.out(JSON.stringify(found, null, 2));
      else io.out(found.traces.map((trace) => traceText(trace)).join('\n\n'));
      if (found.traces.length > 0) return;
      io.note(
        `No stack is known to have ${object}${options.namespace === undefined ? '' : ` in ${options.namespace}`}. What somebody made by hand belongs to none: plumbline tree REPO STACK --orphans`,
      );
      process.exitCode = EXIT.error;
    });
}

function traceText(trace: TraceJson): string {
  const { object, owners, stack, environment, commit, attempt, approved_by: by, sync, health } = trace;
  const lines: [string, string][] = [
    ['Object', object],
    ...owners.map((owner): [string, string] => ['Made by', owner]),
    ['Status', [sync ?? [], health?.status ?? []].flat().join(', ') || '-'],
    ['Stack', stack.key],
    ['Path', stack.path],
    ['Repository', stack.repo],
    ['Environment', environment ?? '-'],
    ['Commit', commit ?? '-'],
    [
      'Last apply',
      attempt === null
        ? 'none'
        : `${attempt.id}, ${attempt.status} at ${attempt.ended_at ?? attempt.started_at}`,
    ],
    ['Allowed by', attempt === null ? '-' : attempt.rule],
    ['Approved by', by.join(', ') || '-'],
  ];
  return lines.map(([label, value]) => `${`${label}:`.padEnd(13)}${value}`).join('\n');
}
