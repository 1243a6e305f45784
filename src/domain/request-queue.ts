import { isManual } from './asked-for.ts';
import type { StarterVoucher } from './approvals/starter-voucher.ts';
import { canonicalJson } from './canonical-json.ts';
import type { JsonValue } from './json.ts';

/** What the rules of the queue need to know of a request (`RepoRequest` of the workflows is one). */
export interface QueuedRequest {
  kind: 'scan' | 'sync' | 'reconcile' | 'rollback';
  task_id?: string;
  /** Left out: all stacks of the repo, or of the environment. */
  stacks?: string[];
  environment?: string;
  /** Of these environments, instead of one. */
  environments?: string[];
  /** Left out: the newest of the branch. */
  commit?: string;
  /** Left out: a person. */
  trigger?: string;
  actor?: string;
  /** For the starter that this request names, and no other. */
  voucher?: StarterVoucher;
  dry_run?: boolean;
  auto_approve_safe?: boolean;
  emergency?: object;
  to_commit?: string;
  to_backup?: string;
  retry?: number;
  /** What started the first of the tasks that led to this request. */
  first_trigger?: string;
  /** Those of `stacks` whose plans people have approved. */
  agreed?: string[];
  /** The requests that were merged into this one, so that their tasks and people are not forgotten. */
  joined?: JoinedRequest[];
}

/** What is left of a request that another one took in. */
export interface JoinedRequest {
  task_id?: string;
  trigger?: string;
  actor?: string;
  first_trigger?: string;
  voucher?: StarterVoucher;
}

/**
 * The queue with one request more; nothing that was asked for is lost. Requests that differ only in their stacks become one
 * for all of these, in the place of the earlier; of two pushes the newer commit remains. A push ends the retries of older
 * commits: what they were about is synced at its commit. Emergencies and rollbacks stay by themselves, and nothing is
 * merged across them, because what comes after a rollback means something else than what came before. The very same
 * request with a `task_id`, sent twice, is one. Pure; changes neither argument.
 */
export function mergeRequests<R extends QueuedRequest>(queue: readonly R[], next: R): R[] {
  if (next.task_id !== undefined && queue.some((each) => isRepeat(each, next))) return [...queue];
  if (standsAlone(next)) return [...queue, next];
  if (next.trigger === 'retry') return append(queue, overtaken(next, newestPush(queue)));
  if (next.trigger !== 'push' || next.kind !== 'sync') return append(queue, next);
  // Built anew, because retries that were turned into pushes may now be one with others.
  let merged: R[] = [];
  for (const request of queue) {
    merged = standsAlone(request) ? [...merged, request] : append(merged, overtaken(request, next));
  }
  return append(merged, next);
}

/** The request to serve now: an emergency before all others, else the one that came first. Undefined: the queue is empty. */
export function takeNext<R extends QueuedRequest>(queue: readonly R[]): { next: R; rest: R[] } | undefined {
  const emergency = queue.findIndex((request) => request.emergency !== undefined);
  const index = Math.max(0, emergency);
  const next = queue[index];
  return next === undefined ? undefined : { next, rest: queue.toSpliced(index, 1) };
}

function standsAlone(request: QueuedRequest): boolean {
  return request.kind === 'rollback' || request.emergency !== undefined;
}

function isRepeat(known: QueuedRequest, next: QueuedRequest): boolean {
  return textOf(known) === textOf(next);
}

function newestPush<R extends QueuedRequest>(queue: readonly R[]): R | undefined {
  return queue.findLast(({ kind, trigger }) => kind === 'sync' && trigger === 'push');
}

/** A retry of a commit that a push has overtaken becomes a part of the push; everything else stays what it is. */
function overtaken<R extends QueuedRequest>(request: R, push: R | undefined): R {
  if (push === undefined || request.kind !== 'sync' || request.trigger !== 'retry') return request;
  const { retry: _, commit: __, first_trigger: ___, agreed: ____, ...rest } = request;
  const commit = push.commit === undefined ? {} : { commit: push.commit };
  return { ...rest, ...commit, trigger: 'push' } as R;
}

/** Merges with the newest request that it is one with, or goes to the end. */
function append<R extends QueuedRequest>(queue: readonly R[], next: R): R[] {
  const barrier = queue.findLastIndex((request) => standsAlone(request));
  const index = queue.findLastIndex((each, at) => at > barrier && belongTogether(each, next));
  return index < 0 ? [...queue, next] : queue.with(index, union(queue[index]!, next));
}

/**
 * Whether two requests can be one task. Those of different people stay apart, whoever or whatever sends them: whoever starts a
 * task can't approve what it plans. Pushes become one all the same, and everybody who pushed has started it (`joined`).
 */
function belongTogether(a: QueuedRequest, b: QueuedRequest): boolean {
  return (
    a.kind === b.kind &&
    isManual(a) === isManual(b) &&
    (isPush(a) || isPush(b) || (a.actor ?? '') === (b.actor ?? '')) &&
    textOf(environmentsOf(a)) === textOf(environmentsOf(b)) &&
    commitScope(a) === commitScope(b) &&
    (a.trigger === 'retry') === (b.trigger === 'retry') &&
    (a.trigger === 'approval') === (b.trigger === 'approval') &&
    a.first_trigger === b.first_trigger &&
    (a.dry_run ?? false) === (b.dry_run ?? false) &&
    (a.auto_approve_safe ?? false) === (b.auto_approve_safe ?? false)
  );
}

function environmentsOf({ environment, environments = [] }: QueuedRequest): string[] {
  return environment === undefined ? environments.toSorted() : [environment];
}

function isPush({ kind, trigger }: QueuedRequest): boolean {
  return kind === 'sync' && trigger === 'push';
}

/** Pushes, and whoever names no commit, want the newest there is; others want exactly theirs. */
function commitScope({ trigger, commit }: QueuedRequest): string {
  return trigger === 'push' || commit === undefined ? '' : commit;
}

function union<R extends QueuedRequest>(first: R, second: R): R {
  const { stacks: a, commit: _, voucher: __, ...kept } = { ...second, ...definedOf(first) };
  const b = second.stacks;
  const merged: QueuedRequest = { ...kept };
  if (first.voucher !== undefined) merged.voucher = first.voucher;
  if (first.stacks !== undefined && b !== undefined) merged.stacks = [...new Set([...(a ?? []), ...b])];
  if (first.commit !== undefined && second.commit !== undefined) merged.commit = second.commit;
  if (first.agreed !== undefined || second.agreed !== undefined)
    merged.agreed = [...new Set([...(first.agreed ?? []), ...(second.agreed ?? [])])];
  if (first.retry !== undefined) merged.retry = Math.max(first.retry, second.retry ?? 0);
  const traces = [...(first.joined ?? []), traceOf(second), ...(second.joined ?? [])];
  const own = textOf(traceOf(first));
  const others = new Map(traces.map((trace) => [textOf(trace), trace]));
  others.delete(own);
  const joined = [...others.values()];
  return (joined.length === 0 ? merged : { ...merged, joined }) as R;
}

function definedOf<R extends object>(request: R): R {
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined)) as R;
}

function traceOf({ task_id, trigger, actor, first_trigger, voucher }: QueuedRequest): JoinedRequest {
  const first = voucher === undefined ? undefined : first_trigger;
  return definedOf({ task_id, trigger, actor, first_trigger: first, voucher }) as JoinedRequest;
}

function textOf(value: unknown): string {
  return canonicalJson(value as JsonValue);
}
