import { describe, expect, it } from 'vitest';
import type { ApprovalJson } from '../../api/types.ts';
import {
  chooseApprovals,
  joinApprovals,
  parseApprovalFilters,
  writeApprovalFilters,
} from './approval-filters.ts';
import { actionsText, asSentence, peopleWords, shortDigest, successorOf } from './approval-words.ts';

function anApproval(changes: Partial<ApprovalJson> = {}): ApprovalJson {
  return {
    id: 'a',
    repo: 'core',
    stack: 'envs/prod',
    environment: 'production',
    task_id: 't',
    job_id: 'j',
    commit: '',
    digest: 'v1:sha256:aaaaaaaaaaaaaaaa',
    status: 'waiting',
    severity: 'high',
    actions: {},
    reasons: [],
    authors: [],
    pusher: null,
    started_by: '',
    detected_at: '2026-01-01T00:00:00.000Z',
    presented_at: '2026-01-01T00:00:00.000Z',
    expires_at: null,
    decided_at: null,
    required: 2,
    approved_by: [],
    rejected_by: [],
    missing: [],
    decisions: [],
    reminders: { times: 0, last_at: null, escalated_at: null, escalated_to: [] },
    replaces: null,
    you: { may_approve: true, may_reject: true, may_take_back: false, why: null },
    ...changes,
  };
}

describe('chooseApprovals', () => {
  const all = [
    anApproval({ id: 'low', severity: 'low' }),
    anApproval({ id: 'approved', status: 'approved', severity: 'critical' }),
    anApproval({ id: 'stale', status: 'dismissed' }),
    anApproval({ id: 'critical', severity: 'critical', environment: 'staging' }),
  ];
  const ids = (query: string) =>
    chooseApprovals(all, parseApprovalFilters(new URLSearchParams(query))).map(({ id }) => id);

  it('shows those that somebody can still say something to, waiting ones first and the worst on top', () => {
    expect(ids('')).toEqual(['critical', 'low', 'approved']);
  });

  it('narrows by status and environment, and passes over a status that is none', () => {
    expect(ids('status=dismissed')).toEqual(['stale']);
    expect(ids('environment=staging')).toEqual(['critical']);
    expect(ids('status=nonsense')).toEqual(['critical', 'low', 'approved']);
  });

  it('writes only what is not as usual', () => {
    const now = new URLSearchParams('status=used&environment=staging');
    expect(writeApprovalFilters(now, { show: 'open' }).toString()).toBe('environment=staging');
  });

  it('keeps a waiting one that is older than the newest', () => {
    const [first, second] = [anApproval({ id: 'new' }), anApproval({ id: 'old' })];
    expect(joinApprovals([first], [first, second]).map(({ id }) => id)).toEqual(['new', 'old']);
  });
});

describe('successorOf', () => {
  it('finds the plan that took the place of a stale one, of the same stack alone', () => {
    const stale = anApproval({ status: 'dismissed' });
    const replaces = { digest: stale.digest, moved: ['local_file.motd'] };
    const other = anApproval({ id: 'b', stack: 'envs/dev', replaces });
    const next = anApproval({ id: 'c', digest: 'v1:sha256:b', replaces });
    expect(successorOf(stale, [stale, other, next])?.id).toBe('c');
    expect(successorOf(stale, [stale, other])).toBeUndefined();
  });
});

describe('words of an approval', () => {
  it('puts the most dangerous action first and those that nobody knows last', () => {
    expect(actionsText({ update: 2, delete: 1, forget: 1, create: 0 })).toBe('delete 1, update 2, forget 1');
    expect(actionsText({})).toBe('change no resource');
  });

  it('shortens a digest to what the eye compares', () => {
    expect(shortDigest('v1:sha256:0123456789abcdef')).toBe('0123456789ab');
  });

  it('ends a sentence once', () => {
    expect([asSentence('Somebody else has to'), asSentence('Wait.')]).toEqual([
      'Somebody else has to.',
      'Wait.',
    ]);
  });
});

describe('peopleWords', () => {
  it.each([
    [[], []],
    [['tests', 'tests@example.com'], ['tests (tests@example.com)']],
    [['alice@example.com'], ['alice@example.com']],
    [
      ['alice', 'bob', 'bob@example.com'],
      ['alice', 'bob (bob@example.com)'],
    ],
    [
      ['alice', 'alice@example.com', 'alice@old.example.com', 'lee, bob', 'bob@example.com'],
      ['alice (alice@example.com)', 'alice@old.example.com', 'lee, bob', 'bob@example.com'],
    ],
    [
      ['tests', 'ci@example.com', 'jane doe', 'jane.doe@example.com'],
      ['tests (ci@example.com)', 'jane doe (jane.doe@example.com)'],
    ],
    // Bob's own address stood in the list before, and so did the name of whose address comes next.
    [
      ['alice', 'alice@example.com', 'bob', 'al@new.example.com'],
      ['alice (alice@example.com)', 'bob', 'al@new.example.com'],
    ],
    [
      ['...', '-@example.com', '???', '-@new.example.com'],
      ['... (-@example.com)', '???', '-@new.example.com'],
    ],
  ])('of %j are %j', (authors, people) => {
    expect(peopleWords(authors)).toEqual(people);
  });
});
