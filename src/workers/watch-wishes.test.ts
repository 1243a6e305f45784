import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createMetrics } from '../util/metrics.ts';
import type { Store } from '../store/store.ts';
import type { RepoRequest } from '../workflows/inputs.ts';
import { eventually } from '../../test/support/eventually.ts';
import { testLog } from '../../test/support/temporal.ts';
import { createWishes, type Wishes } from './watch-wishes.ts';

let wishes: Wishes | undefined;
afterEach(async () => await wishes?.stop());

/** A clock that runs faster, what is at work and paused, and what was asked for. */
function aDesk({ pace = 100 } = {}) {
  const asked: (RepoRequest & { repo: string })[] = [];
  const state = { attempts: [] as object[], holds: [] as object[], failures: 0, tries: 0, reads: 0 };
  const store = {
    attempts: { open: async () => ((state.reads += 1), state.attempts) },
    holds: { active: async () => state.holds },
  } as unknown as Store;
  const startedAt = performance.now();
  const made = createWishes({
    store,
    metrics: createMetrics(),
    log: testLog(),
    nowMs: () => (performance.now() - startedAt) * pace,
    request: async (repo, request) => {
      state.tries += 1;
      if (state.tries <= state.failures) throw new Error('Temporal does not answer.');
      asked.push({ repo, ...request });
    },
  });
  wishes = made;
  const left = new Map<string, string[]>();
  const change = (repo: string, key: string, ...addresses: string[]) => {
    left.set(key, addresses);
    made.add({ repo, key, environment: 'dev' }, () => {
      const found = left.get(key) ?? [];
      left.set(key, []);
      return found;
    });
  };
  const stacks = () => asked.map(({ repo, stacks: keys }) => `${repo}: ${keys!.toSorted().join(' ')}`);
  return { state, asked, left, change, stacks };
}

describe('changes by hand', () => {
  it('become one scan for all stacks of a repo, which says what was changed', async () => {
    const { change, asked, stacks } = aDesk();
    for (let count = 0; count < 50; count += 1) change('shop', 'a', 'ConfigMap/a');
    change('shop', 'b', 'ConfigMap/b');
    change('base', 'c', 'ConfigMap/c');
    await eventually(() => stacks().toSorted()).toEqual(['base: c', 'shop: a b']);
    expect(asked[0]).toMatchObject({
      kind: 'scan',
      trigger: 'watch',
      actor: 'plumbline',
      reason: 'Somebody changed ConfigMap/a, ConfigMap/b.',
    });
  });

  it('wait while Plumbline itself is at work on the stack, and are forgotten when nothing is left of them', async () => {
    const { change, stacks, state, left } = aDesk();
    const attempt = (stackKey: string) => ({ repo: 'shop', stackKey });
    state.attempts = [attempt('a'), attempt('b')];
    change('shop', 'a', 'ConfigMap/a');
    change('shop', 'b', 'ConfigMap/b');
    change('shop', 'c', 'ConfigMap/c');
    await eventually(stacks).toEqual(['shop: c']);
    left.set('a', []);
    state.attempts = [];
    await eventually(stacks).toEqual(['shop: c', 'shop: b']);
    expect(left.get('a')).toEqual([]);
  });

  it('do not ask the store at every tick while Plumbline is at work on the stack', async () => {
    const { change, stacks, state } = aDesk({ pace: 5 });
    state.attempts = [{ repo: 'shop', stackKey: 'a' }];
    change('shop', 'a', 'ConfigMap/a');
    await eventually(() => state.reads).toBe(1);
    await delay(350);
    expect(state.reads).toBe(1);
    state.attempts = [];
    await eventually(stacks).toEqual(['shop: a']);
  });

  it('of what is paused are forgotten', async () => {
    const { change, stacks, state, left } = aDesk();
    const hold = { kind: 'pause', scope: 'stack', repo: 'shop', name: 'a' };
    state.holds = [hold, { ...hold, kind: 'pin', name: 'b' }];
    change('shop', 'a', 'ConfigMap/a');
    change('shop', 'b', 'ConfigMap/b');
    await eventually(stacks).toEqual(['shop: b']);
    expect(left.get('a')).toEqual([]);
  });

  it('are asked for again where Temporal did not answer', async () => {
    const { change, stacks, state } = aDesk();
    state.failures = 2;
    change('shop', 'a', 'ConfigMap/a');
    await eventually(stacks).toEqual(['shop: a']);
    expect(state.tries).toBe(3);
  });
});
