import { RequestError } from './problem.ts';

/**
 * What somebody is told of a thing that is not there, and in the very same words of one that they may not see: the two must
 * not be told apart. None of them holds more than what was asked for.
 */
export const notFound = {
  repo: () => new RequestError(404, 'repo_not_found', 'Repository not configured'),
  environment: (asked: string, there: string) =>
    new RequestError(404, 'environment_not_found', `There is no environment ${asked}; ${there}`),
  /** Of several that were asked for: which one is not said. */
  someEnvironment: () =>
    new RequestError(404, 'environment_not_found', 'Not all of these environments are there'),
  stack: () => new RequestError(404, 'stack_not_found', 'Stack not found'),
  task: () => new RequestError(404, 'task_not_found', 'Task not found'),
  job: () => new RequestError(404, 'job_not_found', 'Job not found'),
  approval: (repo: string, stack: string) =>
    new RequestError(404, 'approval_not_found', `Nobody has been asked about stack ${stack} of ${repo}`),
  backup: (id: string) =>
    new RequestError(404, 'backup_not_found', `There is no saved state ${id}: nothing was changed`),
};
