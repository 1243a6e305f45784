import { z } from 'zod';
import type { RawChange } from '../../src/domain/change.ts';
import { stackKey } from '../../src/domain/ids.ts';
import type { Driver, DriverPlan, PlanContext } from '../../src/drivers/driver.ts';

/** What a fake plan does; undefined: nothing has changed. */
export type FakePlan = (
  context: PlanContext,
  attempt: number,
) => Promise<Partial<DriverPlan> | undefined> | Partial<DriverPlan> | undefined;

/** A driver whose stacks and plans a test says, and what it was asked. */
export interface FakeDriver extends Driver {
  /** How often each stack's plan was started, by key. */
  started: Map<string, number>;
  /** The most plans that ran at once. */
  mostAtOnce(): number;
}

/** A driver that keeps its stacks in memory. */
export function aFakeDriver(paths: readonly string[], plan: FakePlan = () => undefined): FakeDriver {
  const started = new Map<string, number>();
  let now = 0;
  let most = 0;
  return {
    kind: 'fake',
    options: z.object({}),
    started,
    mostAtOnce: () => most,
    discover: async () => ({
      stacks: paths.map((path) => ({
        key: stackKey(path),
        kind: 'fake',
        path,
        workspace: 'default',
        dependsOn: [],
      })),
      warnings: [],
    }),
    plan: async (context) => {
      const attempt = (started.get(context.stack.key) ?? 0) + 1;
      started.set(context.stack.key, attempt);
      now += 1;
      most = Math.max(most, now);
      try {
        return { ...emptyPlan(context), ...(await plan(context, attempt)) };
      } finally {
        now -= 1;
      }
    },
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
