import {
  CancellationScope,
  ChildWorkflowCancellationType,
  executeChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { DecidedStack } from '../activities/types.ts';
import type { ApplyWindow } from './apply-window.ts';
import { applyStack } from './apply-stack.ts';
import { failureOf } from './failure.ts';
import type { ApplyStackInput, ApplyStackResult } from './inputs.ts';
import { light } from './light.ts';
import { kindAttribute, repoAttribute, statusAttribute } from './search-attributes.ts';

/** The result of a stack's apply. A child that ended any other way (terminated by hand, say) is not known to have done nothing. */
export async function applyChild(window: ApplyWindow, stack: DecidedStack): Promise<ApplyStackResult> {
  const { repo, policy, taskId } = window;
  try {
    return await executeChild(applyStack, {
      workflowId: `${workflowInfo().workflowId}/apply/${stack.key}`,
      args: [inputOf(window, stack)],
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      staticSummary: `Apply ${stack.key} of ${repo}`,
      staticDetails: `Task ${taskId}, commit ${commitOf(window, stack)}, job ${stack.job_id}, plan ${stack.digest}`,
      ...(policy.search_attributes
        ? {
            typedSearchAttributes: [
              { key: repoAttribute, value: repo },
              { key: kindAttribute, value: 'apply' },
              { key: statusAttribute, value: 'running' },
            ],
          }
        : {}),
    });
  } catch (error) {
    const { code, message } = failureOf(error);
    const found = await CancellationScope.nonCancellable(() => light.findAttempt({ job_id: stack.job_id }));
    const status = found.attempt_id === null ? 'failed' : 'unknown';
    return { status, attempt_id: found.attempt_id, digest: null, error_code: code, message };
  }
}

/** The commit that a stack was planned at. */
export function commitOf({ commit }: Pick<ApplyWindow, 'commit'>, stack: DecidedStack): string {
  return stack.commit ?? commit;
}

/** What a request for this one stack says of what people have agreed on. Empty: not on this one; left out: nobody said. */
export function agreedOn(
  agreed: readonly string[] | undefined,
  { key }: Pick<DecidedStack, 'key'>,
): { agreed?: string[] } {
  return agreed === undefined ? {} : { agreed: agreed.filter((each) => each === key) };
}

function inputOf(window: ApplyWindow, stack: DecidedStack): ApplyStackInput {
  const { taskId, repo, begun, request } = window;
  const { auto_approve_safe, emergency, to_backup, first_trigger, agreed } = request;
  return {
    policy: begun.policy,
    task_id: taskId,
    job_id: stack.job_id,
    repo,
    key: stack.key,
    commit: commitOf(window, stack),
    config_version: begun.config_version,
    queue: stack.queue,
    digest: stack.digest,
    ...(auto_approve_safe === undefined ? {} : { auto_approve_safe }),
    ...(first_trigger === undefined ? {} : { first_trigger }),
    ...agreedOn(agreed, stack),
    ...(emergency === undefined ? {} : { emergency }),
    ...(to_backup === undefined ? {} : { to_backup }),
  };
}
