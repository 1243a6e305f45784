import { PlumblineError } from '../../src/util/errors.ts';

/** The error that something ends with. @throws Error when it ends well, or with another kind of error */
export async function errorOf(doing: Promise<unknown>): Promise<PlumblineError> {
  const outcome = await doing.then(
    (value) => value,
    (error: unknown) => error,
  );
  if (outcome instanceof PlumblineError) return outcome;
  throw new Error(`That should have been refused: ${JSON.stringify(outcome)}`);
}
