import { rm } from 'node:fs/promises';
import type { Attempt } from '../domain/attempt.ts';

/** What a driver and its tool leave beside the output of an apply. */
const FILES = ['', '.stderr', '.begin.json'];

/**
 * Removes what the tool of an attempt wrote, which may hold secrets, once it is known what became of it: what people are
 * shown is kept as an artifact, with secrets hidden. Safe to run again.
 */
export async function forgetOutput(
  attempt: Pick<Attempt, 'status'> | undefined,
  outputPath: string | null,
): Promise<void> {
  if (outputPath === null || attempt?.status === 'started' || attempt?.status === 'unknown') return;
  await Promise.all(FILES.map((suffix) => rm(`${outputPath}${suffix}`, { force: true })));
}
