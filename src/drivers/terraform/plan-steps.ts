import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlumblineError } from '../../util/errors.ts';
import { diagnosticsOfStream, diagnosticsOfValidate } from './diagnostics.ts';
import { stepFailure } from './failures.ts';
import { jsonPart } from './json-part.ts';
import { parsePlanJson, readPlanJson, type PlanJson } from './plan-json.ts';
import { planSecrets } from './plan-secrets.ts';
import { runTool, type Session } from './session.ts';
import { planProgress } from './progress-lines.ts';
import { showInput, withTimestamp } from './shown-plan.ts';

/** What one run of `plan` left. */
export interface Planned {
  /** The tool's own text of the plan; not yet redacted of what the plan itself marks sensitive. */
  text: string;
  /** Where the binary plan lies, for as long as the context's scratch folder. */
  file: string;
  binary: Buffer;
  /** What `show -json` printed. */
  jsonText: string;
  /** What that was made from; undefined when it can't be told. */
  madeFrom: string | undefined;
  plan: PlanJson;
}

/**
 * Plans into a file, and reads the file. `reinit` is called once when the first try fails: an init from an earlier plan may
 * not fit any more, which nothing but a failing plan shows for sure.
 * @throws PlumblineError `config_invalid`, `provider_failed`, `auth_failed`, `plan_failed`, and those of `runTool`
 */
export async function planAndShow(
  session: Session,
  args: readonly string[],
  reinit: (() => Promise<unknown>) | undefined,
): Promise<Planned> {
  const file = join(session.context.scratchDir, 'plan.bin');
  const planArgs = ['plan', '-input=false', '-no-color', '-lock=false', `-out=${file}`, ...args];
  const run = () => runTool(session, planArgs, { step: 'plan', shown: planProgress });
  session.context.onProgress({ step: 'plan' });
  let result = await run();
  if (result.exitCode !== 0 && reinit !== undefined) {
    await reinit();
    result = await run();
  }
  const text =
    result.exitCode === 0 ? result.stdout : await planAgain(session, planArgs, file, result.stderr);
  session.context.onProgress({ step: 'show' });
  const binary = await readFile(file);
  const { madeFrom, timestamp } = showInput(binary, session.tool) ?? {};
  const jsonText =
    (madeFrom === undefined ? undefined : await shownBefore(session, madeFrom, timestamp)) ??
    jsonPart(await show(session, ['-json', file]));
  return { text, file, binary, jsonText, madeFrom, plan: parsePlanJson(jsonText) };
}

/** Showing starts the providers once more. Where a plan says what the last one said, its JSON is known. */
async function shownBefore(
  { context }: Session,
  madeFrom: string,
  timestamp: string | undefined,
): Promise<string | undefined> {
  const known = await context.recall?.find('plan_json_raw', madeFrom);
  if (known === undefined || timestamp === undefined) return undefined;
  return withTimestamp(Buffer.from(known).toString('utf8'), timestamp);
}

/**
 * Finds out why a plan failed, from machine-readable output: what `validate` says of the configuration, else a second
 * plan with `-json`. Should that one succeed, its text is the result.
 */
async function planAgain(
  session: Session,
  planArgs: readonly string[],
  file: string,
  stderr: string,
): Promise<string> {
  const { context, redact } = session;
  const validated = await runTool(session, ['validate', '-json', '-no-color'], {
    step: 'validate',
    data: true,
  });
  const faults = diagnosticsOfValidate(jsonPart(validated.stdout), context.stack.path) ?? [];
  if (faults.some((fault) => fault.severity === 'error'))
    throw stepFailure('validate', faults, redact, stderr);
  const result = await runTool(session, [...planArgs, '-json'], { step: 'plan', data: true });
  if (result.exitCode === 0) return await show(session, ['-no-color', file]);
  await learnSecrets(session, file);
  const diagnostics = diagnosticsOfStream(result.stdout, context.stack.path);
  throw stepFailure('plan', diagnostics, redact, result.stderr || stderr);
}

/** A failed plan still leaves what it knew: which values its messages must not show. */
async function learnSecrets(session: Session, file: string): Promise<void> {
  const shown = await runTool(session, ['show', '-json', file], { step: 'show', data: true });
  if (shown.exitCode !== 0) return;
  for (const secret of planSecrets(readPlanJson(jsonPart(shown.stdout)))) session.addSecret(secret);
}

async function show(session: Session, args: readonly string[]): Promise<string> {
  const shown = await runTool(session, ['show', ...args], { step: 'show', data: true });
  if (shown.exitCode === 0 && !shown.truncated) return shown.stdout;
  const why = shown.truncated
    ? 'it is larger than 256 MiB'
    : session.redact(shown.stderr.trim()).slice(-1000);
  throw new PlumblineError('plan_failed', `The plan can't be shown: ${why}`, { retryable: !shown.truncated });
}
