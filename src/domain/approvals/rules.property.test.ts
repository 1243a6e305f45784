import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Approval, Decision } from './approval.ts';
import { type DecisionCandidate, refuseDecision, statusAfter } from './rules.ts';

/** People of the model; each has two names, and which one is used changes. */
const PEOPLE = ['ann', 'bob', 'cem', 'dan', 'author', 'starter', 'robot', 'guest'] as const;
type Name = (typeof PEOPLE)[number];

type Step =
  | {
      do: 'say';
      who: Name;
      alias: boolean;
      kind: DecisionCandidate['kind'];
      digest: number;
      proof: DecisionCandidate['proof'];
    }
  | { do: 'plan'; digest: number }
  | { do: 'wait'; hours: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('say' as const),
      who: fc.constantFrom(...PEOPLE),
      alias: fc.boolean(),
      kind: fc.constantFrom(
        'approve' as const,
        'approve' as const,
        'approve' as const,
        'reject' as const,
        'withdraw' as const,
      ),
      digest: fc.nat(2),
      proof: fc.constantFrom(
        'signed' as const,
        'signed' as const,
        'signed' as const,
        'unsigned' as const,
        'forged' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('plan' as const), digest: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.nat(30) }) },
);

interface World {
  approval: Approval;
  decisions: Decision[];
  /** What the model knows: each person's present opinion of the present plan, and whether any unsigned approval is there. */
  opinions: Map<string, 'approve' | 'reject'>;
  now: Date;
  count: number;
}

function anApproval(number: number, digest: string, required: number, now: Date): Approval {
  const at = now.toISOString();
  return {
    id: `approval-${number}`,
    repo: 'r',
    stackKey: 's',
    environment: null,
    taskId: 't',
    jobId: 'j',
    commit: 'c',
    digest,
    status: 'waiting',
    severity: null,
    actions: {},
    requirement: { required, teams: [], codeOwners: [], requireLastPushApproval: false },
    reasons: [],
    authors: ['author@example.com'],
    pusher: null,
    startedBy: 'starter@example.com',
    detectedAt: at,
    presentedAt: at,
    expiresAt: new Date(now.getTime() + 24 * 3_600_000).toISOString(),
    decidedAt: null,
    replaces: null,
    attemptId: null,
  };
}

/** Does what activities and store do with a message: ask the rules, keep it, work out the status. */
function say(world: World, step: Extract<Step, { do: 'say' }>, allowUnsigned: boolean): void {
  const email = `${step.who}@example.com`;
  const [by, alias] = step.alias ? [step.who, email] : [email, step.who];
  const candidate: DecisionCandidate = {
    kind: step.kind,
    digest: `digest-${step.digest}`,
    by,
    teams: [],
    aliases: [alias],
    reason: 'because',
    proof: step.proof,
    allowUnsigned,
    machine: step.who === 'robot',
    entitled: step.who !== 'guest',
  };
  if (refuseDecision(world.approval, world.decisions, candidate, world.now) !== undefined) return;
  const voice = step.proof === 'unsigned' ? `unsigned ${step.who}` : step.who;
  if (step.kind === 'withdraw') {
    world.decisions = world.decisions.map((decision) =>
      [by, alias].includes(decision.by) && (step.proof === 'signed' || decision.signature === null)
        ? { ...decision, withdrawnAt: world.now.toISOString() }
        : decision,
    );
    world.opinions.delete(voice);
    if (step.proof === 'signed') world.opinions.delete(`unsigned ${step.who}`);
  } else {
    world.decisions = [
      ...world.decisions,
      {
        ...candidate,
        kind: step.kind,
        id: `d${world.decisions.length}`,
        approvalId: world.approval.id,
        repo: 'r',
        stackKey: 's',
        at: world.now.toISOString(),
        via: 'api',
        signature: step.proof === 'signed' ? 'signed' : null,
        withdrawnAt: null,
      },
    ];
    world.opinions.set(voice, step.kind);
  }
  world.approval = { ...world.approval, status: statusAfter(world.approval, world.decisions) };
}

function run(
  steps: readonly Step[],
  required: number,
  allowUnsigned: boolean,
  check: (world: World) => void,
): void {
  const start = new Date('2026-01-01T00:00:00Z');
  const world: World = {
    approval: anApproval(0, 'digest-0', required, start),
    decisions: [],
    opinions: new Map(),
    now: start,
    count: 0,
  };
  for (const step of steps) {
    if (step.do === 'wait') world.now = new Date(world.now.getTime() + step.hours * 3_600_000);
    else if (step.do === 'say') say(world, step, allowUnsigned);
    else if (`digest-${step.digest}` !== world.approval.digest) {
      // Old decisions stay in reach, as after a replay: they must not count for the new approval.
      world.approval = anApproval(++world.count, `digest-${step.digest}`, required, world.now);
      world.opinions.clear();
    }
    check(world);
  }
}

const anySteps = fc.array(anyStep, { maxLength: 40 });

describe('approvals over random sequences of decisions and plans', () => {
  it('are never approved without the required number of distinct, entitled people who approve this very plan now', () => {
    fc.assert(
      fc.property(
        anySteps,
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
        (steps, required, allowUnsigned) => {
          run(steps, required, allowUnsigned, ({ approval, opinions }) => {
            if (approval.status !== 'approved') return;
            const approving = [...opinions].filter(([, kind]) => kind === 'approve').map(([voice]) => voice);
            const signed = approving.filter((voice) => !voice.startsWith('unsigned'));
            const unsigned = approving.length > signed.length ? 1 : 0;
            expect(signed.every((who) => ['ann', 'bob', 'cem', 'dan'].includes(who))).toBe(true);
            expect(signed.length + unsigned).toBeGreaterThanOrEqual(required);
            expect([...opinions.values()]).not.toContain('reject');
          });
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('are approved as soon as enough signed people approve and nobody rejects', () => {
    fc.assert(
      fc.property(anySteps, fc.integer({ min: 1, max: 3 }), (steps, required) => {
        run(steps, required, false, ({ approval, opinions }) => {
          const kinds = [...opinions.values()];
          const enough =
            !kinds.includes('reject') && kinds.filter((kind) => kind === 'approve').length >= required;
          expect(approval.status === 'approved').toBe(enough);
        });
      }),
      { numRuns: 1_000 },
    );
  });
});
