import type { KubeObject } from '../../../kube/object.ts';
import { containersOf, isFailure, oneLine, terminationText } from './containers.ts';
import { conditionOf, conditionText, textAt } from './fields.ts';
import type { Health } from './health.ts';

/**
 * A pod by its phase, as Argo CD has it (https://github.com/argoproj/gitops-engine, `health_pod.go`). A container that can't
 * start is a failure only where it is restarted for ever: a pod with an end of its own may be a hook, which would be given up
 * too early. Unlike there, init containers that can't start count, too, and the reason is always said.
 */
export function podHealth(object: KubeObject): Health {
  const restarts = (textAt(object, 'spec', 'restartPolicy') || 'Always') === 'Always';
  const stuck = restarts ? stuckReason(object) : null;
  if (stuck !== null) return { status: 'degraded', reason: stuck };
  const message = oneLine(textAt(object, 'status', 'message'));
  switch (textAt(object, 'status', 'phase')) {
    case 'Succeeded':
      return { status: 'healthy', reason: message };
    case 'Failed':
      return { status: 'degraded', reason: message === '' ? endReason(object) : message };
    case 'Pending':
      return { status: 'progressing', reason: message === '' ? pendingReason(object) : message };
    case 'Running':
      return restarts ? runningHealth(object, message) : { status: 'progressing', reason: message };
    default:
      return { status: 'unknown', reason: message === '' ? 'the pod has no known phase' : message };
  }
}

function runningHealth(object: KubeObject, message: string): Health {
  const ready = conditionOf(object, 'Ready');
  if (ready?.status === 'True') return { status: 'healthy', reason: message };
  const ended = containersOf(object).find(({ isInit, lastTerminated }) => !isInit && lastTerminated !== null);
  if (ended !== undefined) {
    const how = terminationText(ended.lastTerminated!);
    return {
      status: 'degraded',
      reason: `container ${ended.name} is not ready and ended before with ${how}`,
    };
  }
  return {
    status: 'progressing',
    reason: ready === undefined ? 'waiting to be ready' : conditionText(ready),
  };
}

/** Containers that wait for what won't come by itself, each with how it ended before. */
function stuckReason(object: KubeObject): string | null {
  const stuck = containersOf(object).filter(({ waiting }) => waiting !== null && isFailure(waiting.reason));
  if (stuck.length === 0) return null;
  return stuck
    .map(({ name, waiting, lastTerminated }) => {
      const before = lastTerminated === null ? '' : `, after ${terminationText(lastTerminated)}`;
      const said = waiting!.message === '' ? '' : ` (${oneLine(waiting!.message)})`;
      return `container ${name}: ${waiting!.reason}${before}${said}`;
    })
    .join('; ');
}

function endReason(object: KubeObject): string {
  const reason = textAt(object, 'status', 'reason');
  const failed = containersOf(object).find(
    ({ terminated }) =>
      terminated !== null &&
      (terminated.exitCode !== 0 || terminated.signal !== 0 || terminated.message !== ''),
  );
  if (failed !== undefined)
    return `container ${failed.name} ended with ${terminationText(failed.terminated!)}`;
  return reason === '' ? 'the pod failed' : reason;
}

function pendingReason(object: KubeObject): string {
  const scheduled = conditionOf(object, 'PodScheduled');
  if (scheduled?.status === 'False') return conditionText(scheduled);
  const waiting = containersOf(object).find((container) => container.waiting !== null);
  return waiting === undefined ? 'waiting to start' : `container ${waiting.name}: ${waiting.waiting!.reason}`;
}
