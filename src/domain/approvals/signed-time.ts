import type { DecisionRefusal } from './approval.ts';

/**
 * How long a signed decision may be on its way. The signature vouches for roles as they were when it was made: kept back, it must
 * not outlive them.
 */
export const SIGNATURE_LIFE_MS = 3_600_000;

/** How long an emergency that was signed may last, with all that it waits for: it must not outlive what was an emergency. */
const EMERGENCY_LIFE_MS = 4 * 3_600_000;

/** Whether an emergency that was signed at this time (ISO 8601) is still one. */
export function isEmergencyTime(at: string, now: Date): boolean {
  const ageMs = now.getTime() - Date.parse(at);
  return ageMs >= -CLOCK_SKEW_MS && ageMs <= EMERGENCY_LIFE_MS;
}

/** How far the clock of the server that signs may be ahead of the worker's. */
const CLOCK_SKEW_MS = 5 * 60_000;

const SIGN_ANEW =
  'Sign anew: in the web UI, with plumbline approve, or with plumbline approve --print-signal';

/** Why a decision that was signed at this time (ISO 8601) does not count now; undefined when it does. */
export function refuseSignedTime(at: string, now: Date): DecisionRefusal | undefined {
  const ageMs = now.getTime() - Date.parse(at);
  if (ageMs >= -CLOCK_SKEW_MS && ageMs <= SIGNATURE_LIFE_MS) return undefined;
  if (ageMs < 0) {
    return {
      code: 'signed_ahead',
      message: `The decision was signed at ${at}, which is yet to come at ${now.toISOString()}: set the clocks of server and worker right. ${SIGN_ANEW}`,
    };
  }
  return {
    code: 'signed_too_long_ago',
    message: `The decision was signed at ${at || '(no time)'}, and a signature counts for one hour. ${SIGN_ANEW}`,
  };
}
