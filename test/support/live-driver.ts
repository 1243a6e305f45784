import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { z } from 'zod';
import type { RawChange } from '../../src/domain/change.ts';
import { stackKey } from '../../src/domain/ids.ts';
import type { ApplyContext, Driver, DriverPlan, PlanContext } from '../../src/drivers/driver.ts';
import type { ApplyResult, RestoreResult, SavedState, UndoPlan } from '../../src/drivers/driver-results.ts';
import { PlumblineError } from '../../src/util/errors.ts';

/** What a stack of the live driver is, apart from what Git says. */
export interface LiveStack {
  lineage: string;
  serial: number;
  /** What was applied last, as the state has it. */
  state: string;
  /** What is really there. */
  live: string;
}

/** A driver whose stacks are folders with a file `stack`: its text, and that of modules that it names, is what live should be. */
export interface LiveDriver extends Driver {
  stacks: Map<string, LiveStack>;
  /** What was applied, in order: `key: text`. */
  applied: string[];
}

/** What it takes for wrong after an apply, and what an apply does before it changes anything. */
export interface LiveRules {
  isRight?: (text: string) => boolean;
  onApply?: (context: ApplyContext) => Promise<void> | void;
  kind?: string;
}

const FILE = 'stack';
/** A line `use modules/x` of a stack. */
const USE = /^use (\S+)$/gm;

/** A driver that reads real work trees and keeps in memory what is live. */
export function aLiveDriver(rules: LiveRules = {}): LiveDriver {
  const stacks = new Map<string, LiveStack>();
  const applied: string[] = [];
  const revisions = new Map<string, { text: string; commit: string }[]>();
  const of = (key: string): LiveStack => {
    const known = stacks.get(key) ?? { lineage: `of-${key}`, serial: 0, state: '', live: '' };
    stacks.set(key, known);
    return known;
  };
  const plan = async (context: PlanContext): Promise<DriverPlan> => {
    const tool = async () =>
      livePlan(context, of(context.stack.key), await wantedText(context.workTree, context.stack.path), rules);
    return await (context.inTurn?.(tool) ?? tool());
  };
  const apply = async (context: ApplyContext, digest: string): Promise<ApplyResult> => {
    const fresh = await plan(context);
    const { key } = context.stack;
    if (context.digestOf(fresh.identity) !== digest)
      return { status: 'refused', code: 'digest_changed', message: 'It has moved.', plan: fresh };
    const stack = of(key);
    const content = await context.artifacts('state', JSON.stringify(stack));
    const backup = { content, lineage: stack.lineage, serial: stack.serial };
    await context.onBegin({ backup });
    await rules.onApply?.(context);
    const text = await wantedText(context.workTree, context.stack.path);
    stacks.set(key, { ...stack, serial: stack.serial + 1, state: text, live: text });
    applied.push(`${key}: ${text}`);
    revisions.set(key, [...(revisions.get(key) ?? []), { text, commit: context.commit }]);
    return { status: 'applied', plan: fresh, backup, log: null };
  };
  const planRestore = async (context: PlanContext, saved: SavedState) =>
    restorePlan(context, of(context.stack.key), saved);
  const restore = async (
    context: ApplyContext,
    saved: SavedState,
    digest: string,
  ): Promise<RestoreResult> => {
    const fresh = await planRestore(context, saved);
    const { key } = context.stack;
    if (context.digestOf(fresh.identity) !== digest)
      return { status: 'refused', code: 'digest_changed', message: 'It has moved.', plan: fresh };
    const stack = of(key);
    const content = await context.artifacts('state', JSON.stringify(stack));
    await context.onBegin({ backup: { content, lineage: stack.lineage, serial: stack.serial } });
    const { state, lineage } = stateIn(saved);
    stacks.set(key, { ...stack, serial: stack.serial + 1, state });
    return { status: 'restored', lineage, serial: stack.serial + 1 };
  };
  const before = ({ stack: { key } }: PlanContext) => revisions.get(key)!.at(-2)!;
  const planUndo = async (context: PlanContext): Promise<UndoPlan> => {
    const { key, path } = context.stack;
    const { text, commit } = before(context);
    const origin = { commit, file: `${path}/${FILE}` };
    return {
      ...livePlan(context, of(key), text, rules),
      identity: { key, live: of(key).live, undo: text, commit },
      origin,
    };
  };
  const undo: Driver['undo'] = async (context, _target, digest) => {
    const { key } = context.stack;
    const fresh = await planUndo(context);
    if (context.digestOf(fresh.identity) !== digest)
      return { status: 'refused', code: 'digest_changed', message: 'It has moved.', plan: fresh };
    await context.onBegin({ backup: null });
    const { text } = before(context);
    stacks.set(key, { ...of(key), live: text, state: text });
    return { status: 'undone', summary: 'It is back.', origin: fresh.origin };
  };
  return {
    kind: 'live',
    options: z.object({}),
    stacks,
    applied,
    discover: async ({ workTree }) => ({
      stacks: (await foldersWith(workTree, FILE)).map((path) => ({
        key: stackKey(path),
        kind: 'live',
        path,
        workspace: 'default',
        dependsOn: [],
      })),
      warnings: [],
    }),
    sources: async ({ workTree, stack }) =>
      usedModules(await readFile(join(workTree, stack.path, FILE), 'utf8')),
    plan,
    apply,
    planRestore,
    restore,
    planUndo,
    undo,
    verify: async (context) => {
      const now = await plan(context);
      const right = now.changes.length === 0 && (rules.isRight?.(of(context.stack.key).live) ?? true);
      return { ok: right, summary: right ? 'A fresh plan is empty.' : 'It does not answer.', plan: now };
    },
    recover: async () => ({ outcome: 'unknown', summary: 'Nobody knows.', orphanedLock: null }),
  };
}

function stateIn({ content }: SavedState): LiveStack {
  return JSON.parse(Buffer.from(content).toString('utf8')) as LiveStack;
}

function restorePlan({ stack: { key } }: PlanContext, now: LiveStack, saved: SavedState): DriverPlan {
  const then = stateIn(saved);
  if (then.lineage !== now.lineage)
    throw new PlumblineError('state_mismatch', 'It is a state of something else.');
  const change: RawChange = {
    address: 'state',
    kind: 'saved_state',
    name: saved.id,
    action: 'update',
    actions: ['update'],
    cause: 'pending',
    before: { serial: now.serial },
    after: { serial: now.serial + 1 },
    attributes: [],
    replacedBecause: [],
  };
  return {
    ...emptyPlan(),
    changes: then.state === now.state ? [] : [change],
    identity: { key, backup: saved.id, state: then.state, now: now.serial },
  };
}

async function foldersWith(workTree: string, name: string): Promise<string[]> {
  const found = await readdir(workTree, { recursive: true });
  return found
    .filter((path) => posix.basename(path) === name && !path.startsWith('.git'))
    .map((path) => posix.dirname(path))
    .sort();
}

function usedModules(text: string): string[] {
  return [...text.matchAll(USE)].map(([, path]) => path!);
}

async function wantedText(workTree: string, path: string): Promise<string> {
  const own = await readFile(join(workTree, path, FILE), 'utf8');
  const modules = usedModules(own).map((module) => readFile(join(workTree, module, 'module'), 'utf8'));
  return [own.replace(USE, ''), ...(await Promise.all(modules))].join('').trim();
}

function livePlan(
  { stack: { key } }: PlanContext,
  { lineage, state, live }: LiveStack,
  wanted: string,
  { kind = 'live_thing' }: LiveRules,
): DriverPlan {
  const cause = live === state ? 'pending' : 'drift';
  const change: RawChange = {
    address: `${kind}.one`,
    kind,
    name: 'one',
    action: 'update',
    actions: ['update'],
    cause,
    before: { text: live },
    after: { text: wanted },
    attributes: [{ pointer: '/text', before: live, after: wanted, sensitive: false, unknown: false, cause }],
    replacedBecause: [],
  };
  return {
    ...emptyPlan(),
    changes: live === wanted && state === wanted ? [] : [change],
    identity: { key, lineage, state, live, wanted },
  };
}

function emptyPlan(): Omit<DriverPlan, 'identity'> {
  return {
    changes: [],
    outputs: [],
    tool: { name: 'live', version: '1.0.0', source: 'path' },
    durationsMs: { plan: 1 },
    warnings: [],
    stateLock: null,
    artifacts: [],
    basis: { resources: 1, emptied: false, mockOutputs: false },
  };
}
