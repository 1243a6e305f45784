/** How an object does, from well to worst; Argo CD's words (https://argo-cd.readthedocs.io/en/stable/operator-manual/health/). */
export const HEALTH_STATUSES = [
  'healthy',
  'suspended',
  'progressing',
  'missing',
  'degraded',
  'unknown',
] as const;

export type HealthStatus = (typeof HEALTH_STATUSES)[number];

/** How an object does, and the sentence that says why; empty where there is nothing to say. */
export interface Health {
  status: HealthStatus;
  reason: string;
}

/** The worst of them: Healthy < Suspended < Progressing < Missing < Degraded < Unknown. None at all is healthy. */
export function worstOf(statuses: readonly HealthStatus[]): HealthStatus {
  const worst = statuses.reduce((max, status) => Math.max(max, HEALTH_STATUSES.indexOf(status)), 0);
  return HEALTH_STATUSES[worst]!;
}
