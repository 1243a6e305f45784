import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';

/**
 * Makes sure that a repo's task runs under the workflow ID that is the repo's lock.
 * @throws ApplicationFailure `wrong_workflow_id`, which says how to start it
 */
export function assertLock(what: 'scan' | 'sync' | 'reconcile' | 'rollback', repo: unknown): void {
  const { workflowId, taskQueue } = workflowInfo();
  const named = typeof repo === 'string' && repo !== '';
  if (named && workflowId === `repo/${repo}`) return;
  const name = named ? repo : 'NAME';
  throw ApplicationFailure.nonRetryable(
    `This ${what} was started as "${workflowId}", but the workflow ID is the lock of the repo, so it must be "repo/${name}". Start it with: ` +
      `temporal workflow start --type ${what}Repo --workflow-id repo/${name} --task-queue ${taskQueue} --input '{"repo":"${name}"}'`,
    'wrong_workflow_id',
  );
}
