import { valueAt } from '../../../domain/json-pointer.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { conditionOf, conditionText, listAt, numberAt, textAt } from './fields.ts';
import type { Health } from './health.ts';

/** A Job: failed or complete by its conditions, suspended, else on its way (Argo CD's rule). */
export function jobHealth(object: KubeObject): Health {
  const failed = trueCondition(object, 'Failed');
  if (failed !== null) {
    const reason = failed.reason === '' ? '' : `${failed.reason}: `;
    return { status: 'degraded', reason: `${reason}${conditionText(failed)}` };
  }
  const complete = trueCondition(object, 'Complete');
  if (complete !== null) return { status: 'healthy', reason: complete.message };
  const suspended = trueCondition(object, 'Suspended') !== null;
  if (suspended || valueAt(object, ['spec', 'suspend']) === true) {
    return { status: 'suspended', reason: 'the job is suspended' };
  }
  const done = numberAt(object, ['status', 'succeeded']);
  const wanted = valueAt(object, ['spec', 'completions']);
  const of = typeof wanted === 'number' ? ` of ${wanted}` : '';
  return { status: 'progressing', reason: `waiting for the job to complete: ${done}${of} succeeded` };
}

function trueCondition(
  object: KubeObject,
  type: string,
): { reason: string; message: string; type: string; status: string } | null {
  const condition = conditionOf(object, type);
  return condition?.status === 'True' ? condition : null;
}

/**
 * A CronJob: degraded when nothing runs and its last run did not succeed. It is healthy while a run is on and before the first
 * one has ended, since neither tells anything. So Argo CD does it (`resource_customizations/batch/CronJob`), though its
 * documentation calls a running one progressing, which would hold up each sync that meets one.
 */
export function cronJobHealth(object: KubeObject): Health {
  if (valueAt(object, ['spec', 'suspend']) === true) {
    return { status: 'suspended', reason: 'the cron job is suspended' };
  }
  const scheduled = Date.parse(textAt(object, 'status', 'lastScheduleTime'));
  const succeeded = Date.parse(textAt(object, 'status', 'lastSuccessfulTime'));
  if (Number.isNaN(scheduled)) return { status: 'healthy', reason: 'it has not been scheduled yet' };
  if (Number.isNaN(succeeded)) return { status: 'healthy', reason: 'no run has succeeded yet' };
  if (listAt(object, 'status', 'active').length > 0) return { status: 'healthy', reason: 'a run is on' };
  if (succeeded >= scheduled) return { status: 'healthy', reason: '' };
  const at = textAt(object, 'status', 'lastScheduleTime');
  return { status: 'degraded', reason: `the run of ${at} did not succeed` };
}
