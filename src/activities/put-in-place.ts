import type { Verdict } from '../domain/eligibility/verdict.ts';
import type { ActivityDeps } from './deps.ts';

/** Keeps another verdict on a job that has its place in the order of its task already: the stacks after it go by that place. */
export async function putInPlace(
  { store }: Pick<ActivityDeps, 'store'>,
  jobId: string,
  verdict: Verdict,
): Promise<void> {
  const place = (await store.verdicts.get(jobId))?.place;
  await store.verdicts.put(jobId, place === undefined ? verdict : { ...verdict, place });
}
