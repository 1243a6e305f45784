import {
  type Approval,
  type ApprovalProgress,
  type ApprovalStatus,
  type Decision,
  type DecisionRefusal,
  isLive,
} from './approval.ts';
import { hasUnknownStarter, ownStake } from './stakes.ts';
import type { DecisionKind } from './decision-text.ts';
import { type Approver, missingCount, missingOwners, missingTeams } from './missing.ts';
import { refuseSignedTime } from './signed-time.ts';
import {
  bothLocal,
  hasSpokenSince,
  latestByPerson,
  samePerson,
  surelySame,
  type Voice,
  vouchedNames,
} from './distinct-people.ts';

/** A decision before it counts, with what is known of the person behind it. */
export interface DecisionCandidate {
  kind: DecisionKind;
  /** Of the plan that was looked at. */
  digest: string;
  by: string;
  teams: readonly string[];
  /** Other names of the same person, in lower case. */
  aliases: readonly string[];
  reason: string;
  /** When it was said, ISO 8601; left out: just now. A signed time can't be changed. */
  at?: string;
  /** `signed`: by the API, for this very approval. `unsigned`: nobody vouches for the name. `forged`: the signature is wrong. */
  proof: 'signed' | 'unsigned' | 'forged';
  /** Whether unsigned decisions are taken (`approvals.allow_unsigned_signals`). */
  allowUnsigned: boolean;
  machine: boolean;
  /** Whether their roles let them decide here (`mayDo`); a signature vouches for it. */
  entitled: boolean;
}

/** Whether an approval has run out of time. A rejected one has not: it blocks until the rejection is withdrawn. */
export function isExpired(approval: Approval, now: Date): boolean {
  if (approval.status === 'expired') return true;
  if (approval.status === 'rejected' || approval.expiresAt === null) return false;
  return now.getTime() >= Date.parse(approval.expiresAt);
}

/**
 * Why a decision does not count; undefined when it does. The rules are those of GitHub's branch protection, bound to a
 * plan's digest instead of a commit: nobody approves their own change, one word per person and the latest counts, a
 * rejection blocks until it is withdrawn, machines have no word.
 */
export function refuseDecision(
  approval: Approval,
  decisions: readonly Decision[],
  candidate: DecisionCandidate,
  now: Date,
): DecisionRefusal | undefined {
  return (
    // First, as a signature for another plan can't fit this one: that it is the wrong plan helps the person more.
    refuseOtherPlan(approval, candidate) ??
    refuseProof(candidate, now) ??
    refuseMoment(approval, now) ??
    refusePerson(approval, candidate) ??
    refuseRepetition(approval, decisions, candidate)
  );
}

function refuseProof(candidate: DecisionCandidate, now: Date): DecisionRefusal | undefined {
  if (candidate.proof === 'forged') {
    return {
      code: 'forged',
      message:
        'The signature does not fit this decision: it was changed, made with another key, or made for another approval. ' +
        'Make a new one with: plumbline approve --print-signal',
    };
  }
  if (candidate.proof === 'unsigned' && !candidate.allowUnsigned) {
    return {
      code: 'unsigned',
      message:
        'This decision is not signed, and approvals.allow_unsigned_signals is off. ' +
        'Use the web UI or plumbline approve, or get a signed payload with: plumbline approve --print-signal',
    };
  }
  const { at, proof } = candidate;
  return at !== undefined && proof === 'signed' ? refuseSignedTime(at, now) : undefined;
}

function refuseOtherPlan(approval: Approval, candidate: DecisionCandidate): DecisionRefusal | undefined {
  if (candidate.digest === approval.digest && approval.status !== 'dismissed') return undefined;
  const present =
    approval.status === 'dismissed'
      ? 'another plan has taken its place'
      : `the present plan is ${approval.digest}`;
  return {
    code: 'stale_digest',
    message: `The decision is about the plan ${candidate.digest || '(none)'}, but ${present}. Look at the present plan and decide on that one`,
  };
}

function refuseMoment(approval: Approval, now: Date): DecisionRefusal | undefined {
  if (isExpired(approval, now)) {
    return {
      code: 'expired',
      message: `This approval expired${approval.expiresAt === null ? '' : ` at ${approval.expiresAt}`}. Start a new sync to be asked again`,
    };
  }
  if (isLive(approval)) return undefined;
  return {
    code: 'not_waiting',
    message:
      approval.status === 'used'
        ? 'This plan was approved and its one apply has begun; there is nothing left to decide'
        : `This approval is ${approval.status}; there is nothing left to decide`,
  };
}

function refusePerson(approval: Approval, candidate: DecisionCandidate): DecisionRefusal | undefined {
  const { by, kind } = candidate;
  if (candidate.machine) {
    return { code: 'machine', message: `${by} is a machine: only people decide on a plan` };
  }
  if (!candidate.entitled) {
    return {
      code: 'not_entitled',
      message: `${by} may not decide on plans of ${approval.repo}${approval.environment === null ? '' : ` in ${approval.environment}`}: that needs the role approver`,
    };
  }
  const stake = kind === 'approve' ? ownStake(approval, candidate) : undefined;
  if (stake !== undefined) {
    return {
      code: 'own_change',
      message: `${by} ${stake}, and nobody approves their own change. Somebody else has to`,
    };
  }
  return kind === 'reject' && candidate.reason.trim() === ''
    ? { code: 'reason_needed', message: 'A rejection needs a reason, so that the others know what to change' }
    : undefined;
}

function refuseRepetition(
  approval: Approval,
  decisions: readonly Decision[],
  candidate: DecisionCandidate,
): DecisionRefusal | undefined {
  const { by, kind, at, proof } = candidate;
  if (at !== undefined && proof === 'signed' && hasSpokenSince(decisions, candidate, at)) {
    return {
      code: 'already_decided',
      message: `${by} has said something about this plan since this was signed at ${candidate.at}; only the latest word counts`,
    };
  }
  const same = kind === 'withdraw' ? surelySame : samePerson;
  const mine = liveVoices(approval, decisions).filter((voice) => same(voice, candidate));
  if (kind === 'withdraw') {
    if (mine.length === 0) {
      return {
        code: 'nothing_to_withdraw',
        message: `${by} has not decided on this plan, so there is nothing to withdraw`,
      };
    }
    return candidate.proof === 'unsigned' && mine.some((voice) => voice.signature !== null)
      ? { code: 'unsigned', message: `What ${by} decided is signed; only a signed message takes it back` }
      : undefined;
  }
  // What somebody else may have said unsigned in this person's name is no word of theirs.
  const own = candidate.proof === 'signed' ? mine.filter((voice) => voice.signature !== null) : mine;
  if (kind === 'approve' && own.some((voice) => voice.kind === 'reject')) {
    return {
      code: 'already_decided',
      message: `${by} has rejected this plan. Withdraw the rejection first, then approve`,
    };
  }
  return own.some((voice) => voice.kind === kind)
    ? {
        code: 'already_decided',
        message: `${by} has already ${kind === 'approve' ? 'approved' : 'rejected'} this plan; one decision per person counts`,
      }
    : undefined;
}

/** How many people have to approve: one more where nobody knows who started it, as it may be one of them. */
export function requiredApprovals(approval: Approval): number {
  return approval.requirement.required + (hasUnknownStarter(approval) ? 1 : 0);
}

/** How far an approval is, worked out from all of its decisions: who counts, who blocks, what is missing. */
export function approvalProgress(approval: Approval, decisions: readonly Decision[]): ApprovalProgress {
  const live = liveVoices(approval, decisions);
  const rejectedBy = live.filter((voice) => voice.kind === 'reject').map((voice) => voice.by);
  const people = distinctApprovers(approval, live);
  const missing = [
    ...missingCount(requiredApprovals(approval) - people.length),
    ...missingTeams(approval, people),
    ...missingOwners(approval, people),
    ...rejectedBy.map((by) => `${by} to withdraw the rejection`),
  ];
  return {
    approved: missing.length === 0,
    rejectedBy: [...new Set(rejectedBy)],
    approvedBy: people.map((person) => person.by),
    missing,
  };
}

/** The status that an approval has with these decisions. What has ended stays as it is. */
export function statusAfter(approval: Approval, decisions: readonly Decision[]): ApprovalStatus {
  if (!isLive(approval)) return approval.status;
  const { approved, rejectedBy } = approvalProgress(approval, decisions);
  if (rejectedBy.length > 0) return 'rejected';
  return approved ? 'approved' : 'waiting';
}

/** All that a person has said of exactly this plan, under any of their names but those that are only claimed, and not taken back. */
export function wordsOf(approval: Approval, decisions: readonly Decision[], person: Voice): Decision[] {
  return decisions.filter(
    (decision) =>
      decision.approvalId === approval.id &&
      decision.digest === approval.digest &&
      decision.withdrawnAt === null &&
      surelySame(decision, person),
  );
}

/** Each person's latest word on exactly this plan, unless it was withdrawn. */
function liveVoices(approval: Approval, decisions: readonly Decision[]): Decision[] {
  const here = decisions.filter(
    (decision) => decision.approvalId === approval.id && decision.digest === approval.digest,
  );
  return latestByPerson(here).filter((decision) => decision.withdrawnAt === null);
}

/** Those whose approvals count, one per person; all unsigned approvals together, with the local user's, are one person. */
function distinctApprovers(approval: Approval, live: readonly Decision[]): Approver[] {
  const people: { voices: Decision[] }[] = [];
  for (const voice of live) {
    if (voice.kind !== 'approve' || ownStake(approval, voice) !== undefined) continue;
    const same = people.filter(({ voices }) =>
      voices.some((other) => samePerson(other, voice) || bothLocal(other, voice)),
    );
    const [first] = same;
    if (first === undefined) people.push({ voices: [voice] });
    else {
      for (const other of same.slice(1)) people.splice(people.indexOf(other), 1);
      first.voices = [...same.flatMap(({ voices }) => voices), voice];
    }
  }
  return people.map(({ voices }) => {
    const signed = voices.filter((voice) => voice.signature !== null);
    return {
      by: (signed[0] ?? voices[0]!).by,
      teams: signed.flatMap((voice) => voice.teams),
      aliases: signed.flatMap(vouchedNames),
    };
  });
}
