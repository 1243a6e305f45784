import type { Attempt, AttemptStatus } from '../attempt.ts';

/** How far back from its moment a report lists emergency applies: who reads one a month misses none. */
const EMERGENCY_DAYS = 30;
const DAY_MS = 86_400_000;

/** What a report needs of an attempt that people did not approve, but somebody ordered in an emergency. */
export type EmergencyAttempt = Pick<
  Attempt,
  'stackKey' | 'taskId' | 'commit' | 'status' | 'startedAt' | 'emergency'
>;

/** One emergency apply in a report. The keys are the JSON form's. */
export interface ReportEmergency {
  at: string;
  /** Who ordered it, and why; null: attempts of earlier versions do not say. */
  by: string | null;
  reason: string | null;
  stack: string;
  environment: string | null;
  task: string;
  commit: string;
  /** What became of it. */
  status: AttemptStatus;
}

/** The time, ISO 8601, in which emergency applies began that stand in a report of this moment. */
export function emergencyPeriod(at: Date): { from: string; to: string } {
  return { from: new Date(at.getTime() - EMERGENCY_DAYS * DAY_MS).toISOString(), to: at.toISOString() };
}

/** The emergency applies of a report's stacks, newest first; those of other stacks are left out. */
export function reportEmergencies(
  attempts: readonly EmergencyAttempt[],
  environments: ReadonlyMap<string, string | null>,
): ReportEmergency[] {
  return attempts
    .filter(({ stackKey }) => environments.has(stackKey))
    .map(({ stackKey, taskId, commit, status, startedAt, emergency }) => ({
      at: startedAt,
      by: emergency?.by ?? null,
      reason: emergency?.reason ?? null,
      stack: stackKey,
      environment: environments.get(stackKey) ?? null,
      task: taskId,
      commit,
      status,
    }))
    .toSorted(newestFirst);
}

/** Negative when `a` began after `b`. */
export function newestFirst(a: Pick<ReportEmergency, 'at'>, b: Pick<ReportEmergency, 'at'>): number {
  return a.at > b.at ? -1 : Number(a.at < b.at);
}

/** `ordered by bob@example.com: the site is down`, as reports say it. */
export function emergencyWords({ by, reason }: Pick<ReportEmergency, 'by' | 'reason'>): string {
  return `ordered by ${by ?? 'somebody who is not on record'}: ${reason ?? 'no reason is on record'}`;
}
