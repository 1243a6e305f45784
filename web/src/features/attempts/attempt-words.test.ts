import { describe, expect, it } from 'vitest';
import type { AttemptJson } from '../../api/types.ts';
import { planFate } from './attempt-words.ts';

function anAttempt(job: string, status: AttemptJson['status']): AttemptJson {
  return {
    id: `${job} ${status}`,
    kind: 'apply',
    repo: 'core',
    stack: 'envs/prod',
    task_id: 't',
    job_id: job,
    digest: 'v1:sha256:a',
    commit: '',
    rule: 'approval',
    emergency: null,
    approval_id: null,
    status,
    worker: 'worker-1:7',
    backup_id: null,
    started_at: '2026-01-01T00:00:00.000Z',
    ended_at: null,
    summary: '',
    error: null,
  };
}

describe('planFate', () => {
  it.each([
    ['open', []],
    ['open', [anAttempt('old', 'applied')]],
    ['open', [anAttempt('new', 'failed'), anAttempt('old', 'applied')]],
    ['open', [anAttempt('new', 'partial')]],
    ['open', [anAttempt('new', 'failed'), anAttempt('new', 'applied')]],
    ['applying', [anAttempt('new', 'started')]],
    ['applying', [anAttempt('newer', 'started'), anAttempt('new', 'applied')]],
    ['applied', [anAttempt('new', 'applied'), anAttempt('new', 'failed')]],
    ['applied', [anAttempt('newer', 'refused'), anAttempt('new', 'applied')]],
  ] as const)('of the plan of the job "new" is %s', (fate, attempts) => {
    expect(planFate('new', attempts)).toBe(fate);
  });
});
