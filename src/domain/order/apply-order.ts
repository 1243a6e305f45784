import { dependencyDepths, findCycles } from './dependency-graph.ts';
import { environmentName } from '../environment.ts';
import type { VerdictReason } from '../eligibility/verdict.ts';

/** A stack of a task, before its order is worked out. */
export interface OrderInput {
  key: string;
  /** Keys of stacks that must be applied before; those that are not in the task are taken as done. */
  dependsOn: readonly string[];
  /** Of its environment: lower ones first. */
  order: number;
  /** People are still deciding on it, or its plan went wrong: later environments don't overtake it. */
  heldUp?: boolean;
  /** An emergency: it waits for what it depends on, and for no earlier environment. */
  overtakes?: boolean;
}

/** A stack in its order. JSON, so that workflows can hold it. */
export interface OrderedStack {
  key: string;
  /** Stacks of the task that must be done: one that failed, waits or is blocked blocks this one. */
  needs: string[];
  /** The same stack of earlier environments: one that failed or is held up, or is blocked by such a one, blocks this one. */
  promotedFrom: string[];
  /** Its turn: the environment's order, or an earlier one where a stack of that one depends on it. */
  turn: number;
}

/** The order of a task's stacks. */
export interface ApplyOrder {
  /** By turn, then by key. */
  stacks: OrderedStack[];
  /** Each a circle of keys, `[a, b]` for a → b → a. Their stacks, and those that need them, never get their turn. */
  cycles: string[][];
  /** Stacks that the same stack of later environments does not overtake; left out: none. */
  heldUp?: string[];
}

/** How far a task is: keys of stacks. */
export interface OrderProgress {
  /** Applied and verified, or found to need nothing. */
  done: ReadonlySet<string>;
  failed: ReadonlySet<string>;
  /** Neither applied nor failed: people decide, or a rule stops it. */
  waiting: ReadonlySet<string>;
  /** Started and not ended. */
  running: ReadonlySet<string>;
}

/** Works out who needs whom, and names what can't be ordered. */
export function planOrder(inputs: readonly OrderInput[]): ApplyOrder {
  const needs = new Map<string, string[]>();
  const present = new Set(inputs.map(({ key }) => key));
  for (const { key, dependsOn } of inputs) {
    needs.set(key, [...new Set(dependsOn)].filter((other) => present.has(other)).toSorted());
  }
  const turns = earliestTurns(inputs, needs);
  const places = Map.groupBy([...present], placeOf);
  const overtaking = new Set(inputs.flatMap(({ key, overtakes }) => (overtakes === true ? [key] : [])));
  const stacks = [...present].map((key): OrderedStack => {
    const turn = turns.get(key)!;
    const counterparts = placeOf(key) === key || overtaking.has(key) ? [] : places.get(placeOf(key))!;
    // Strictly earlier turns only, so that no circle can come of it.
    const promotedFrom = counterparts.filter((other) => turns.get(other)! < turn).toSorted();
    return { key, needs: needs.get(key)!, promotedFrom, turn };
  });
  stacks.sort((a, b) => a.turn - b.turn || compareKeys(a.key, b.key));
  const heldUp = inputs.filter((input) => input.heldUp === true).map(({ key }) => key);
  return { stacks, cycles: findCycles(needs), ...(heldUp.length === 0 ? {} : { heldUp }) };
}

/** The stacks whose turn it is, in order; each may be started at once, and beside the others. */
export function nextReady(order: ApplyOrder, progress: OrderProgress): string[] {
  const blockers = allBlockers(order, progress);
  const open = (key: string): boolean => !progress.done.has(key) && !isOver(key, progress, blockers);
  const turn = Math.min(...order.stacks.filter(({ key }) => open(key)).map((stack) => stack.turn));
  return order.stacks
    .filter((stack) => stack.turn === turn && open(stack.key) && !progress.running.has(stack.key))
    .filter(({ needs }) => needs.every((key) => progress.done.has(key)))
    .map(({ key }) => key);
}

/**
 * The stacks whose failure, waiting or circle keeps this one from being applied: the causes, not what lies between; of a
 * stack on a circle, the circle. Empty when nothing does.
 */
export function blockedBy(order: ApplyOrder, key: string, progress: OrderProgress): string[] {
  return [...(allBlockers(order, progress).get(key) ?? [])].toSorted(compareKeys);
}

/** Why a stack is blocked, in plain words, with what lies between it and each cause; undefined when it is not. */
export function blockedReason(
  order: ApplyOrder,
  key: string,
  progress: OrderProgress,
): VerdictReason | undefined {
  const causes = blockedBy(order, key, progress);
  if (causes.length === 0) return undefined;
  const own = order.cycles.find((cycle) => cycle.includes(key));
  if (own) {
    const message = `Its dependencies go round in a circle: ${[...own, own[0]].join(' → ')}.`;
    return { code: 'dependency_cycle', message };
  }
  const parts = causes.map(
    (cause) => `${cause}, ${whyNot(cause, order, progress)}${through(order, key, cause)}`,
  );
  return { code: 'blocked_by', message: `Blocked by ${parts.join('; ')}.` };
}

/** What lies between a stack and the cause that blocks it: ` (a → b → c)`; empty where nothing does. */
function through(order: ApplyOrder, key: string, cause: string): string {
  const byKey = new Map(order.stacks.map((stack) => [stack.key, stack]));
  const cameFrom = new Map<string, string | null>([[key, null]]);
  for (const [current] of cameFrom) {
    if (current === cause) break;
    const { needs = [], promotedFrom = [] } = byKey.get(current) ?? {};
    for (const next of [...needs, ...promotedFrom]) if (!cameFrom.has(next)) cameFrom.set(next, current);
  }
  const chain: string[] = [];
  for (let at = cameFrom.has(cause) ? cause : null; at !== null; at = cameFrom.get(at) ?? null)
    chain.unshift(at);
  return chain.length > 2 ? ` (${chain.join(' → ')})` : '';
}

/** A stack that others depend on comes no later than they do. */
function earliestTurns(
  inputs: readonly OrderInput[],
  needs: ReadonlyMap<string, string[]>,
): Map<string, number> {
  const turns = new Map(inputs.map(({ key, order }) => [key, order]));
  const pending = [...turns.keys()];
  while (pending.length > 0) {
    const key = pending.pop()!;
    const turn = turns.get(key)!;
    for (const other of needs.get(key)!) {
      if (turns.get(other)! <= turn) continue;
      turns.set(other, turn);
      pending.push(other);
    }
  }
  return turns;
}

/** What a stack's key is without its environment: `envs/dev/net` and `envs/prod/net` are one place. */
export function placeOf(key: string): string {
  const [path = '', ...workspace] = key.split('@');
  const segments = path.split('/');
  const index = segments.findIndex((segment) => ENVIRONMENTS.includes(environmentName(segment)));
  if (index < 0) return key;
  return [segments.with(index, '*').join('/'), ...workspace.map((word) => environmentName(word))].join('@');
}
const ENVIRONMENTS: readonly string[] = [
  'development',
  'test',
  'qa',
  'uat',
  'staging',
  'preproduction',
  'production',
  'sandbox',
];

/** For each blocked stack, the causes. Worked out forwards, in one pass over the stacks in an order that respects needs. */
function allBlockers(order: ApplyOrder, progress: OrderProgress): Map<string, Set<string>> {
  const circles = new Map(order.cycles.flatMap((cycle) => cycle.map((key) => [key, cycle])));
  const blockers = new Map<string, Set<string>>();
  const byKey = new Map(order.stacks.map((stack) => [stack.key, stack]));
  const stops = new Set([...progress.failed, ...(order.heldUp ?? [])]);
  const depths = dependencyDepths(
    order.stacks.map(({ key, needs, promotedFrom }) => ({ key, dependsOn: [...needs, ...promotedFrom] })),
  );
  const keys = [...byKey.keys()].toSorted((a, b) => depths.get(a)! - depths.get(b)!);
  for (const key of keys) {
    const { needs, promotedFrom } = byKey.get(key)!;
    const causes = new Set(circles.get(key));
    for (const other of needs) {
      if (circles.has(key)) break;
      if (circles.has(other) || progress.failed.has(other) || progress.waiting.has(other)) causes.add(other);
      else for (const cause of blockers.get(other) ?? []) causes.add(cause);
    }
    for (const other of promotedFrom) {
      if (stops.has(other)) causes.add(other);
      for (const cause of blockers.get(other) ?? []) if (stops.has(cause)) causes.add(cause);
    }
    if (causes.size > 0) blockers.set(key, causes);
  }
  return blockers;
}

/** Whether nothing will become of it in this task. */
function isOver(
  key: string,
  { failed, waiting }: OrderProgress,
  blockers: ReadonlyMap<string, unknown>,
): boolean {
  return failed.has(key) || waiting.has(key) || blockers.has(key);
}

function whyNot(cause: string, order: ApplyOrder, progress: OrderProgress): string {
  if (progress.failed.has(cause)) return 'which failed';
  if (progress.waiting.has(cause)) return 'which was not applied yet';
  const cycle = order.cycles.find((keys) => keys.includes(cause)) ?? [cause];
  return `whose dependencies go round in a circle (${[...cycle, cycle[0]].join(' → ')})`;
}

function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
