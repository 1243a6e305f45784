import { PLAN_FAILURES, type PlanFailureCode } from '../../domain/failure.ts';
import { PlumblineError } from '../../util/errors.ts';
import type { Diagnostic } from './diagnostics.ts';

/** The step that failed. */
export type FailedStep = 'init' | 'validate' | 'plan';

/**
 * Terraform's diagnostics carry no codes, so the kind of an error is read from its summary, which the tool's sources fix,
 * and, for credentials, from what clouds and registries answer. What matches nothing falls back to the step's own code.
 */
const PROVIDER_SUMMARIES = [
  /^failed to (?:query available provider packages|install provider|load plugin schemas|read schema)/i,
  /^(?:could not load plugin|plugin did not respond|required plugins? (?:is|are) not installed|plugin error)/i,
  /^(?:failed to (?:instantiate|obtain|load|resolve) provider|incompatible provider version|provider produced)/i,
  /^(?:invalid provider registry host|incompatible api version with plugin|unrecognized remote plugin message)/i,
  /^(?:error while (?:installing|loading|importing)|inconsistent dependency lock file|request cancell?ed)/i,
];

/** These point at the block that asked, but what failed is the fetching. */
const FETCH_SUMMARIES =
  /^(?:(?:failed to|could not) download module|error accessing remote module registry|failed to retrieve)/i;

/** The sources are fine; what they demand of the world doesn't hold. */
const CONDITION_SUMMARIES = /(?:pre|post)condition failed$|^check block assertion failed/i;

const AUTH_TEXT =
  /\b(?:40[13] (?:unauthorized|forbidden)|status(?: ?code)?:? ?40[13]\b|unauthorized|unauthenticated|access ?denied|accessdenied\w*|expired ?token\w*|invalid ?client ?token ?id|invalid ?access ?key ?id|signature ?does ?not ?match|no valid credential sources?|could not find default credentials|no credentials? (?:found|configured|providers?)|authentication (?:failed|required|error)|failed to authenticate|authorization ?failed|invalid(?: or expired)? (?:credentials?|token)|required token could not be found|permission[ _]denied for|requires auth|invalid auth)\b/i;

/**
 * What a failed step is called, from the worst-defined to the best: credentials, provider, configuration, the step.
 * The configuration is at fault when the message points into the sources and at no resource or provider that was asked.
 */
export function failureCode(step: FailedStep, errors: readonly Diagnostic[]): PlanFailureCode;
export function failureCode(step: 'apply', errors: readonly Diagnostic[]): PlanFailureCode | 'apply_failed';
export function failureCode(
  step: FailedStep | 'apply',
  errors: readonly Diagnostic[],
): PlanFailureCode | 'apply_failed' {
  const texts = errors.map((error) => `${error.summary}\n${error.detail}`);
  if (step !== 'validate' && texts.some((text) => AUTH_TEXT.test(text))) return 'auth_failed';
  if (errors.some((error) => PROVIDER_SUMMARIES.some((pattern) => pattern.test(error.summary))))
    return 'provider_failed';
  if (step === 'validate') return 'config_invalid';
  // A plan has read the configuration before: what fails now is the doing.
  if (step === 'apply') return 'apply_failed';
  if (errors.some((error) => FETCH_SUMMARIES.test(error.summary))) return 'init_failed';
  if (errors.some((error) => CONDITION_SUMMARIES.test(error.summary))) return 'plan_failed';
  if (errors.some((error) => error.file !== '' && error.address === '')) return 'config_invalid';
  return step === 'init' ? 'init_failed' : 'plan_failed';
}

/**
 * The error of a failed step: its message is the first diagnostic, `details.diagnostics` holds all of them.
 * @param fallback what the tool said, where it gave no diagnostics
 */
export function stepFailure(
  step: FailedStep,
  diagnostics: readonly Diagnostic[],
  redact: (text: string) => string,
  fallback: string,
): PlumblineError {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  const code = failureCode(step, errors);
  return new PlumblineError(code, message(step, errors, redact, fallback), {
    retryable: PLAN_FAILURES[code].retryable,
    details: {
      step,
      diagnostics: errors.map(({ file, line, summary, detail, address }) => ({
        file,
        line,
        summary: redact(summary),
        detail: redact(detail),
        ...(address === '' ? {} : { address }),
      })),
    },
  });
}

function message(
  step: FailedStep,
  errors: readonly Diagnostic[],
  redact: (text: string) => string,
  fallback: string,
): string {
  const first = errors[0];
  if (!first) return `${step} failed: ${redact(fallback.trim()).slice(-1000) || 'the tool gave no reason'}`;
  const place = first.file === '' ? '' : `${first.file}:${first.line}: `;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const detail = first.detail === '' ? '' : `: ${redact(first.detail).split('\n\n')[0]!.slice(0, 600)}`;
  return `${place}${redact(first.summary)}${detail}${more}`;
}
