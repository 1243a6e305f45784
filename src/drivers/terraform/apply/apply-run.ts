import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ArtifactRef } from '../../../domain/plan.ts';
import { errorCode, PlumblineError } from '../../../util/errors.ts';
import type { ApplyContext } from '../../driver.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { failureCode } from '../failures.ts';
import { lockTimeoutMs } from '../options.ts';
import { parallelismArgs } from '../plan.ts';
import { runTool } from '../session.ts';
import { learnStateSecrets } from './aftermath.ts';
import { applyEvents, applyLog, applyProgress, readApplyOutput, type ApplyEvents } from './apply-events.ts';
import { lockInText } from './lock-text.ts';
import { lockSentence, seconds } from './present-lock.ts';
import type { ReadyStack } from './ready-stack.ts';

/** How a run of `apply` ended. */
export interface ApplyRun {
  ok: boolean;
  /** undefined when the tool was never started. */
  events: ApplyEvents | undefined;
  /** What it failed of; `code` is `lock_held`, `plan_stale`, `cancelled`, `tool_timeout`, or one of `failureCode`. */
  failure: { code: string; message: string } | undefined;
}

/**
 * Applies a saved plan under the state's lock. The tool writes into the context's output file. Never throws for what the
 * tool does.
 */
export async function runApply(
  stack: ReadyStack,
  context: ApplyContext,
  planFile: string,
): Promise<ApplyRun> {
  await mkdir(dirname(context.outputPath), { recursive: true });
  const args = [
    'apply',
    '-json',
    '-input=false',
    '-no-color',
    '-lock=true',
    `-lock-timeout=${seconds(lockTimeoutMs(stack.options))}`,
    ...parallelismArgs(stack.options),
    planFile,
  ];
  const { session } = stack;
  context.onProgress({ step: 'apply' });
  try {
    const { exitCode, stderr } = await runTool(session, args, {
      step: 'apply',
      outputFile: context.outputPath,
      shown: (line) => hidden(session.redact, applyProgress(line)),
    });
    const events = await readEvents(context);
    const said = events?.diagnostics ?? [];
    if (exitCode === 0 && !(await isSilentFailure(context, events)))
      return { ok: true, events, failure: undefined };
    return { ok: false, events, failure: failureOf(stack, said, stderr, exitCode) };
  } catch (error) {
    const code = errorCode(error) ?? 'internal';
    const message = error instanceof PlumblineError ? error.message : 'The tool could not be watched.';
    return { ok: false, events: await readEvents(context), failure: { code, message } };
  }
}

/** Terragrunt ends with 0, too, when its configuration ignores an error, or excludes a unit from applies. */
async function isSilentFailure(context: ApplyContext, events: ApplyEvents | undefined): Promise<boolean> {
  if (events?.finished === true) return false;
  if (events?.diagnostics.some(({ severity }) => severity === 'error') === true) return true;
  return (await readApplyOutput(context.outputPath))?.stdout.trim() === '';
}

/** The log as an artifact, redacted by all that plan and state mark sensitive; null when there is no output. */
export async function keepLog(stack: ReadyStack, context: ApplyContext): Promise<ArtifactRef | null> {
  const output = await readApplyOutput(context.outputPath);
  if (output === undefined) return null;
  await learnStateSecrets(stack).catch(() => undefined);
  return await context
    .artifacts('apply_log', stack.session.redact(applyLog(output)))
    .catch((error: unknown) => {
      // What was applied is more important than its log.
      context.log.warn({ stack: context.stack.key, error }, 'The log of an apply could not be stored');
      return null;
    });
}

/** The events in the output so far. */
export async function readEvents(context: ApplyContext): Promise<ApplyEvents | undefined> {
  const output = await readApplyOutput(context.outputPath);
  return output === undefined ? undefined : applyEvents(output.stdout, context.stack.path);
}

function hidden(redact: (text: string) => string, shown: string | undefined): string | undefined {
  return shown === undefined ? undefined : redact(shown);
}

function failureOf(
  { session }: ReadyStack,
  diagnostics: readonly Diagnostic[],
  stderr: string,
  exitCode: number,
): { code: string; message: string } {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const lock = errors.map(({ summary, detail }) => lockInText(`${summary}\n${detail}`)).find(Boolean);
  if (lock !== undefined)
    return { code: 'lock_held', message: lockSentence(session.context.stack.key, lock) };
  const first = errors[0];
  if (first === undefined) {
    const said = session.redact(stderr.trim()).slice(-1000);
    return {
      code: 'apply_failed',
      message:
        said || `The tool ended with exit code ${exitCode}${exitCode === 0 ? ' and applied nothing' : ''}.`,
    };
  }
  const place = first.file === '' ? first.address : `${first.file}:${first.line}`;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const detail = first.detail === '' ? '' : `: ${first.detail.split('\n\n')[0]!.slice(0, 600)}`;
  return {
    code: STALE.test(first.summary) ? 'plan_stale' : failureCode('apply', errors),
    message: session.redact(`${place === '' ? '' : `${place}: `}${first.summary}${detail}${more}`),
  };
}

/** The tool's own guard: somebody wrote the state since the plan was made. */
const STALE = /^Saved plan (?:is stale|does not match the given state)/;
