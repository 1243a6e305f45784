import { describe, expect, it } from 'vitest';
import { seenVerdict } from './seen-verdict.ts';
import type { Verdict } from './verdict.ts';

const blocked = (changes: Partial<Verdict>): Verdict => ({
  kind: 'blocked',
  rule: null,
  reasons: [
    { code: 'blocked_by', message: 'Blocked by envs/dev/net, which failed; envs/prod/db, which failed.' },
  ],
  blockedBy: ['envs/dev/net', 'envs/prod/db'],
  ...changes,
});
const chained = (chain: string): Verdict =>
  blocked({
    blockedBy: ['envs/dev/net'],
    reasons: [{ code: 'blocked_by', message: `Blocked by envs/dev/net, which failed (${chain}).` }],
  });
const paused = { code: 'paused', message: 'The stack was paused.' };
const circle = 'Its dependencies go round in a circle: envs/dev/net → envs/prod/db → envs/dev/net.';

describe('seenVerdict', () => {
  it.each<[string, Verdict, string[], string[]]>([
    [
      'all that blocks',
      blocked({}),
      ['envs/dev/net', 'another stack'],
      ['Blocked by envs/dev/net, another stack.'],
    ],
    [
      'a circle',
      blocked({ reasons: [paused, { code: 'dependency_cycle', message: circle }] }),
      ['envs/dev/net', 'another stack'],
      [paused.message, 'Its dependencies go round in a circle: envs/dev/net, another stack.'],
    ],
    [
      'who blocks, but not who stands between',
      chained('envs/dev/web → envs/prod/db → envs/dev/net'),
      ['envs/dev/net'],
      ['Blocked by envs/dev/net.'],
    ],
    [
      'who blocks, and who stands between',
      chained('envs/dev/web → envs/dev/app → envs/dev/net'),
      ['envs/dev/net'],
      ['Blocked by envs/dev/net, which failed (envs/dev/web → envs/dev/app → envs/dev/net).'],
    ],
    [
      'a chain that can’t be read',
      chained('envs/dev/web → envs/prod/(db) → envs/dev/net'),
      ['envs/dev/net'],
      ['Blocked by envs/dev/net.'],
    ],
    [
      'only what is not seen',
      blocked({ blockedBy: ['envs/prod/db'] }),
      ['another stack'],
      ['Blocked by another stack.'],
    ],
    [
      'what no longer is, or never was',
      blocked({
        blockedBy: [],
        reasons: [{ code: 'depends_on_unknown', message: 'depends_on has it come after "envs/prod/db".' }],
      }),
      [],
      ['depends_on has it come after stacks that this commit does not have.'],
    ],
    ['nothing', blocked({ blockedBy: [], reasons: [paused] }), [], [paused.message]],
  ])('names no stack that is not seen: %s', (_, verdict, blockedBy, messages) => {
    const seen = seenVerdict(verdict, (key) => key.startsWith('envs/dev/'));
    expect(seen.blockedBy).toEqual(blockedBy);
    expect(seen.reasons.map(({ message }) => message)).toEqual(messages);
  });

  it('names none in what kept an apply from beginning, either', () => {
    const outcome = { status: 'refused', code: 'blocked_by', message: 'Blocked by envs/prod/db.' } as const;
    const seen = seenVerdict(blocked({ outcome }), () => false);
    expect(seen.outcome).toEqual({ ...outcome, message: 'Blocked by another stack.' });
  });

  it('names none in a refusal of several reasons, whichever comes first', () => {
    const codes = ['paused', 'depends_on_unknown'];
    const message = 'Not applied: paused. depends_on has it come after "envs/prod/db".';
    const outcome = { status: 'refused', code: 'paused', codes, message } as const;
    const seen = seenVerdict(blocked({ outcome }), () => false);
    expect(seen.outcome?.message).toBe('depends_on has it come after stacks that this commit does not have.');
  });

  it('is the verdict as it was for whoever sees all that it names', () => {
    expect(seenVerdict(blocked({}), () => true)).toEqual(blocked({}));
  });
});
