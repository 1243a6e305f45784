import { describe, expect, it, vi } from 'vitest';
import { anAttempt } from '../../test/support/applying.ts';
import type { Attempt } from '../domain/attempt.ts';
import type { Store } from '../store/store.ts';
import { createLogger } from '../util/log.ts';
import { createRedactor } from '../util/redact.ts';
import { watchOpenAttempts } from './open-attempts.ts';

describe('watchOpenAttempts', () => {
  it('looks into those of its own queues only: the tools of others run elsewhere', async () => {
    const attempts = ['of-others', 'of-ours'].map((id) => anAttempt({ id }));
    const store = { attempts: { open: async () => attempts } } as unknown as Store;
    const asked: string[] = [];
    const recovered: string[] = [];
    const stop = watchOpenAttempts({
      store,
      processes: { state: async () => 'gone' } as unknown as Parameters<
        typeof watchOpenAttempts
      >[0]['processes'],
      serves: async ({ id }) => {
        asked.push(id);
        return id === 'of-ours';
      },
      recover: async (attempt: Attempt) => {
        recovered.push(attempt.id);
        return { ...attempt, status: 'not_applied' };
      },
      lockTtlMs: async () => 1,
      log: createLogger({ level: 'silent', redactor: createRedactor(), name: 'test' }),
      now: () => new Date(),
    });
    await vi.waitFor(() => expect(recovered).toEqual(['of-ours']));
    await stop();
    expect(asked).toEqual(['of-others', 'of-ours']);
  });
});
