import type { PlanFailureCode } from '../../domain/failure.ts';
import { PlumblineError } from '../../util/errors.ts';
import type { PlanContext } from '../driver.ts';

/** What the cluster's refusals are called in the pipeline. */
const CODES: Readonly<Record<string, PlanFailureCode>> = {
  kube_unreachable: 'cluster_unreachable',
  kube_timeout: 'cluster_unreachable',
  kube_throttled: 'cluster_unreachable',
  kube_unauthorized: 'auth_failed',
  kube_forbidden: 'auth_failed',
  kube_config: 'config_invalid',
  ignore_rule_invalid: 'config_invalid',
  health_rule_invalid: 'config_invalid',
};

/**
 * Does a driver's work, with what the cluster says in the pipeline's words: what it means for the stack's status, and whether
 * trying again may help.
 * @throws PlumblineError
 */
export async function inPipelineWords<T>(context: PlanContext, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (context.signal.aborted)
      throw new PlumblineError('cancelled', `The work on ${context.stack.key} was cancelled.`, {
        cause: error,
      });
    throw translated(error);
  }
}

function translated(error: unknown): unknown {
  if (!(error instanceof PlumblineError)) return error;
  const code = CODES[error.code] ?? (error.code.startsWith('kube_') ? 'plan_failed' : undefined);
  if (code === undefined) return error;
  const { message, retryable, details } = error;
  return new PlumblineError(code, message, { cause: error, retryable, details });
}
