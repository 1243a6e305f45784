import { isLive } from '../domain/approvals/approval.ts';
import type { Command } from 'commander';
import type { ApprovalJson, ApprovalsJson, DecidedJson, SignalJson } from '../api/schemas/approval.ts';
import type { StackPlanJson } from '../api/schemas/repo.ts';
import { keyPath, type ApiClient } from './api-client.ts';
import type { Io } from './io.ts';
import { actionsText, type ListFormat, printList, shortDigest, withFormat } from './print.ts';
import { clientFor, withServerOptions, type ServerOptions } from './server-options.ts';
import { usageError } from './usage-error.ts';

interface DecisionOptions extends ServerOptions {
  digest?: string;
  reason?: string;
  printSignal?: boolean;
  format: ListFormat;
}

interface ApprovalsOptions extends ServerOptions {
  repo?: string;
  environment?: string;
  status?: string;
  all?: boolean;
  format: ListFormat;
}

type Verb = 'approve' | 'reject' | 'withdraw';

const VERBS: Readonly<Record<Verb, string>> = {
  approve: "Approve a stack's present plan: exactly this plan is then applied",
  reject: "Reject a stack's present plan: nothing is applied until you withdraw the rejection",
  withdraw: 'Take back what you said about the present plan',
};

/** `plumbline approve|reject|withdraw <repo> <stack>` and `plumbline approvals`. */
export function registerDecisions(program: Command, io: Io): void {
  for (const [verb, description] of Object.entries(VERBS) as [Verb, string][]) {
    withFormat(withServerOptions(program.command(verb)))
      .description(description)
      .argument('<repo>', 'repository name')
      .argument('<stack>', 'stack key, e.g. envs/prod')
      .option(
        '--digest <digest>',
        'the plan that you have looked at (default: the present one, which is shown)',
      )
      .option('--reason <text>', verb === 'reject' ? 'why (needed)' : 'why')
      .option(
        '--print-signal',
        'decide nothing: print the signed decision for "temporal workflow signal"; it counts for one hour',
      )
      .action((repo: string, stack: string, options: DecisionOptions) =>
        decide(verb, { repo, stack }, options, io),
      );
  }
  withFormat(withServerOptions(program.command('approvals')))
    .description('List what waits for people')
    .option('--repo <name>', 'only this repository')
    .option('--environment <name>', 'only this environment')
    .option(
      '--status <status>',
      'only these: waiting, approved, rejected, expired, dismissed, used, withdrawn',
    )
    .option('--all', 'those that have ended, too')
    .action((options: ApprovalsOptions) => list(options, io));
}

async function decide(
  verb: Verb,
  { repo, stack }: { repo: string; stack: string },
  options: DecisionOptions,
  io: Io,
): Promise<void> {
  if (verb === 'reject' && !options.reason) {
    throw usageError('A rejection needs --reason: the others have to know what to change.');
  }
  const client = await clientFor(options, io);
  const path = `/api/approvals/${encodeURIComponent(repo)}/${keyPath(stack)}`;
  const digest = options.digest ?? (await showPlan(client, await client.get<ApprovalJson>(path), io));
  const body = { digest, via: 'cli', ...(options.reason ? { reason: options.reason } : {}) };
  if (options.printSignal) {
    const signal = await client.post<SignalJson>(`${path}/signal`, { ...body, kind: verb });
    return io.out(options.format === 'json' ? JSON.stringify(signal, null, 2) : signal.command);
  }
  const { approval, message } = await client.post<DecidedJson>(`${path}/${verb}`, body);
  if (options.format === 'json') return io.out(JSON.stringify({ approval, message }, null, 2));
  io.note(`${message}.`);
}

/** Shows what the decision is about; its digest goes with the decision, so that no later plan is decided on by mistake. */
async function showPlan(client: ApiClient, approval: ApprovalJson, io: Io): Promise<string> {
  const path = `/api/stacks/${encodeURIComponent(approval.repo)}/${keyPath(approval.stack)}/plan`;
  const { plan } = await client.get<StackPlanJson>(path);
  io.note(
    `${approval.repo} ${approval.stack}, commit ${approval.commit.slice(0, 12)}, plan ${approval.digest}`,
  );
  if (plan?.digest !== approval.digest) {
    io.note('  A later scan has made another plan; what is decided on is the one that was presented.');
  } else {
    for (const change of plan.changes) io.note(`  ${change.action} ${change.address} (${change.severity})`);
  }
  for (const reason of approval.reasons) io.note(`  ${reason}`);
  for (const address of approval.replaces?.moved ?? []) io.note(`  moved since the plan before: ${address}`);
  return approval.digest;
}

/** What is open: the rest is history. */

async function list(options: ApprovalsOptions, io: Io): Promise<void> {
  const client = await clientFor(options, io);
  const query = new URLSearchParams({
    ...(options.repo ? { repo: options.repo } : {}),
    ...(options.environment ? { environment: options.environment } : {}),
    ...(options.status ? { status: options.status } : {}),
    limit: '500',
  });
  const { approvals } = await client.get<ApprovalsJson>(`/api/approvals?${query}`);
  const everything = options.all === true || options.status !== undefined;
  const shown = approvals.filter(({ status }) => everything || isLive({ status }));
  printList(io, options.format, {
    json: { approvals: shown },
    head: [
      'REPO',
      'STACK',
      'ENVIRONMENT',
      'STATUS',
      'SEVERITY',
      'CHANGES',
      'APPROVED-BY',
      'MISSING',
      'EXPIRES',
      'DIGEST',
    ],
    rows: shown.map((approval) => [
      approval.repo,
      approval.stack,
      approval.environment ?? '-',
      approval.status,
      approval.severity ?? '-',
      actionsText(approval.actions),
      approval.approved_by.join(', ') || '-',
      approval.missing.join(', ') || '-',
      approval.expires_at ?? '-',
      shortDigest(approval.digest),
    ]),
    empty: 'Nothing waits for people.',
  });
}
