import { z } from 'zod';
import type { RawChange } from '../../src/domain/change.ts';
import { stackKey } from '../../src/domain/ids.ts';
import type { ApplyContext, Driver, DriverPlan, PlanContext } from '../../src/drivers/driver.ts';
import type { ApplyResult } from '../../src/drivers/driver-results.ts';

/** What a fake plan does; undefined: nothing has changed. */
export type FakePlan = (
  context: PlanContext,
  attempt: number,
) => Promise<Partial<DriverPlan> | undefined> | Partial<DriverPlan> | undefined;

/** A driver whose stacks and plans a test says, and what it was asked. */
export interface FakeDriver extends Driver {
  /** The stacks whose plans a worker has at hand, or had. */
  asked: Set<string>;
  /** How often each stack's plan was started, by key. */
  started: Map<string, number>;
  /** The most plans that ran at once. */
  mostAtOnce(): number;
  /** What was really applied, by key: how often. */
  applied: Map<string, number>;
}

/** What a fake apply does between its beginning and its end; undefined: nothing special. */
export type FakeApply = (context: ApplyContext) => Promise<ApplyResult | undefined> | ApplyResult | undefined;

/** An apply that has failed before it changed anything. */
export const NO_QUOTA: ApplyResult = {
  status: 'failed',
  outcome: 'not_applied',
  code: 'apply_failed',
  message: 'No quota.',
  backup: null,
  log: null,
};

/** A driver that keeps its stacks in memory. */
export function aFakeDriver(
  paths: readonly string[],
  plan: FakePlan = () => undefined,
  more: { dependsOn?: Record<string, string[]>; apply?: FakeApply } = {},
): FakeDriver {
  const applied = new Map<string, number>();
  const started = new Map<string, number>();
  const asked = new Set<string>();
  let now = 0;
  let most = 0;
  return {
    kind: 'fake',
    options: z.object({}),
    asked,
    started,
    applied,
    mostAtOnce: () => most,
    discover: async () => ({
      stacks: paths.map((path) => ({
        key: stackKey(path),
        kind: 'fake',
        path,
        workspace: 'default',
        dependsOn: more.dependsOn?.[path] ?? [],
      })),
      warnings: [],
    }),
    plan: async (context) => {
      asked.add(context.stack.key);
      const tool = async (): Promise<DriverPlan> => {
        const attempt = (started.get(context.stack.key) ?? 0) + 1;
        started.set(context.stack.key, attempt);
        now += 1;
        most = Math.max(most, now);
        try {
          return { ...emptyPlan(context), ...(await plan(context, attempt)) };
        } finally {
          now -= 1;
        }
      };
      return await (context.inTurn?.(tool) ?? tool());
    },
    apply: async (context, digest) => {
      const { key } = context.stack;
      const fresh = applied.has(key)
        ? emptyPlan(context)
        : { ...emptyPlan(context), ...(await plan(context, (started.get(key) ?? 0) + 1)) };
      if (context.digestOf(fresh.identity) !== digest) {
        const message = 'The plan is no longer the one that was decided on.';
        return { status: 'refused', code: 'digest_changed', message, plan: fresh };
      }
      await context.onBegin({ backup: null });
      const special = await more.apply?.(context);
      if (special) return special;
      applied.set(key, (applied.get(key) ?? 0) + 1);
      return { status: 'applied', plan: fresh, backup: null, log: null };
    },
    verify: async (context) => ({
      ok: applied.has(context.stack.key),
      summary: 'looked at',
      plan: emptyPlan(context),
    }),
    recover: async (context) => ({
      outcome: applied.has(context.stack.key) ? 'applied' : 'not_applied',
      summary: 'The fake knows.',
      orphanedLock: null,
    }),
  };
}

function emptyPlan({ stack }: PlanContext): DriverPlan {
  return {
    changes: [],
    outputs: [],
    tool: { name: 'fake', version: '1.0.0', source: 'path' },
    durationsMs: { plan: 1 },
    warnings: [],
    stateLock: null,
    artifacts: [],
    basis: { resources: null, emptied: false, mockOutputs: false },
    identity: { stack: stack.key },
  };
}

/** A change that live made by itself. */
export function aDriftedChange(overrides: Partial<RawChange> = {}): RawChange {
  return {
    address: 'fake_thing.one',
    kind: 'fake_thing',
    name: 'one',
    action: 'update',
    actions: ['update'],
    cause: 'drift',
    before: { size: 2 },
    after: { size: 1 },
    attributes: [{ pointer: '/size', before: 2, after: 1, sensitive: false, unknown: false, cause: 'drift' }],
    replacedBecause: [],
    ...overrides,
  };
}
