import { describe, expect, it } from 'vitest';
import { anAttempt } from '../../test/support/applying.ts';
import { anEnvironment } from '../../test/support/environments.ts';
import { aRepo, publishedSettings } from '../../test/support/workers.ts';
import type { Store } from '../store/store.ts';
import { queueOfAttempt } from './attempt-queue.ts';

interface Known {
  /** Of the attempt's job; null: it is not known any more. */
  sent: string | null;
  /** Of production, by the newest config; null: none. */
  production?: string | null;
  isStackKnown?: boolean;
}

async function queueOf({ sent, production = null, isStackKnown = true }: Known): Promise<string | undefined> {
  const environments = [
    anEnvironment('production', { queue: production }),
    anEnvironment('staging', { queue: 'stacks-staging' }),
  ];
  const settings = publishedSettings([aRepo({ name: 'infra' })], { environments });
  const store = {
    jobs: { get: async () => (sent === null ? undefined : { queue: sent }) },
    stacks: { get: async () => (isStackKnown ? { path: 'envs/prod' } : undefined) },
    configs: { latest: async () => ({ version: 2, settings }) },
  } as unknown as Store;
  return await queueOfAttempt(store, anAttempt({ repo: 'infra', stackKey: 'envs/prod' }), 'stacks');
}

describe('queueOfAttempt', () => {
  it.each<[string, Known, string | undefined]>([
    ['that it was sent to', { sent: 'stacks-old', production: 'stacks-old' }, 'stacks-old'],
    [
      'of its stack by now, when it was renamed',
      { sent: 'stacks-old', production: 'stacks-new' },
      'stacks-new',
    ],
    ['that all have, when it was removed', { sent: 'stacks-old' }, 'stacks'],
    [
      'that all have, when its stack is gone as well',
      { sent: 'stacks-old', production: 'stacks-new', isStackKnown: false },
      'stacks',
    ],
    [
      'that it was sent to while another environment has it',
      { sent: 'stacks-staging', production: 'stacks-new' },
      'stacks-staging',
    ],
    ['that all have, when it was sent there', { sent: 'stacks', production: 'stacks-new' }, 'stacks'],
    ['of nobody, when its job is not known', { sent: null }, undefined],
  ])('is the one %s', async (_, known, queue) => {
    expect(await queueOf(known)).toBe(queue);
  });
});
