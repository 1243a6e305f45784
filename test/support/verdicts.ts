import assert from 'node:assert/strict';
import type { Verdict } from '../../src/domain/eligibility/verdict.ts';
import type { Store } from '../../src/store/store.ts';

/** What a task, by default the repo's newest, has decided about its stacks, by their keys. */
export async function verdictsOf(
  store: Store,
  repo: string,
  taskId?: string,
): Promise<Record<string, Verdict | undefined>> {
  const id = taskId ?? (await store.tasks.list({ repo, limit: 1 }))[0]?.id;
  assert.ok(id !== undefined, `${repo} has no task`);
  const verdicts = await store.verdicts.listByTask(id);
  const jobs = await store.jobs.listByTask(id, { afterOrdinal: -1, limit: 99 });
  return Object.fromEntries(jobs.map((job) => [job.stackKey, verdicts[job.id]]));
}
