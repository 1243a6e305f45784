import type { Attempt } from '../domain/attempt.ts';
import { ownQueues } from '../domain/environments.ts';
import type { Store } from '../store/store.ts';
import { policyFor } from './stack-facts.ts';

/**
 * The tool queue whose workers look after an attempt: the one that it was sent to, as they have its credentials. When that has
 * left the config, it is the one that its stack is sent to by now, an environment's new one or the common one: whoever plans and
 * applies the stack from now on has its credentials, and nobody needs to serve the old name any more. Undefined for an attempt
 * whose job is no longer known: any worker may close it.
 *
 * @param common the tool queue of all stacks whose environment names none
 */
export async function queueOfAttempt(
  store: Pick<Store, 'jobs' | 'stacks' | 'configs'>,
  { jobId, repo, stackKey }: Pick<Attempt, 'jobId' | 'repo' | 'stackKey'>,
  common: string,
): Promise<string | undefined> {
  const job = await store.jobs.get(jobId);
  const settings = (await store.configs.latest())?.settings;
  if (!job || !settings) return job?.queue;
  if ([common, ...ownQueues(settings.environments)].includes(job.queue)) return job.queue;
  const stack = await store.stacks.get(repo, stackKey);
  return (stack && policyFor(settings, { job: { repo }, stack }).policy.queue) ?? common;
}
