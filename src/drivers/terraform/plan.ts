import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DriverPlan, PlanContext } from '../driver.ts';
import { TERRAFORM, type Flavour } from './flavour.ts';
import { ensureInit, LOCK_FILE } from './init.ts';
import { terraformOptions, type TerraformOptions } from './options.ts';
import { planAndShow, type Planned } from './plan-steps.ts';
import { toDriverPlan } from './plan-result.ts';
import { inPreparedStack, type PreparedStack } from './prepare/prepared-stack.ts';
import { varFiles } from './prepare/stack-inputs.ts';
import type { SeenLock } from './s3-lock.ts';
import { lockWarnings, seeLock } from './shown-lock.ts';

/** Plans a stack with Terraform; see `Driver.plan`. */
export async function planTerraform(context: PlanContext): Promise<DriverPlan> {
  return await planFlavour(context, TERRAFORM, terraformOptions.parse(context.options ?? {}));
}

/** Plans a stack with Terraform or OpenTofu. Nothing is written outside the context's own folders. */
export async function planFlavour(
  context: PlanContext,
  flavour: Flavour,
  options: TerraformOptions,
): Promise<DriverPlan> {
  return await inPreparedStack(context, flavour, options, async (stack) => (await planPrepared(stack)).plan);
}

/** The tool's own limit on what it does at once, where the options have one. */
export function parallelismArgs({ parallelism }: Pick<TerraformOptions, 'parallelism'>): string[] {
  return parallelism === undefined ? [] : [`-parallelism=${parallelism}`];
}

/** Plans a prepared stack: what the pipeline gets, and what the tool left (the binary plan is in `planned.file`). */
export async function planPrepared(stack: PreparedStack): Promise<{ planned: Planned; plan: DriverPlan }> {
  const { session, closure, backend } = stack;
  const { context } = session;
  const vars = await varFiles(context);
  const planned = await planAndShow(
    session,
    [...parallelismArgs(stack.options), ...vars.map((file) => `-var-file=${file.absolute}`)],
    stack.initRan ? undefined : () => ensureInit(session, stack.init, true),
  );
  const seen = await shownLock(stack);
  const plan = await toDriverPlan(session, planned, {
    backend,
    lockFile: await readFile(join(session.cwd, LOCK_FILE), 'utf8').catch(() => null),
    sources: { ...closure.hashes, ...Object.fromEntries(vars.map((file) => [file.path, file.hash])) },
    stateLock: seen.lock,
    warnings: [
      ...(stack.workspaceAbsent
        ? [`The workspace ${context.stack.workspace} does not exist yet: planned against an empty state.`]
        : []),
      ...lockWarnings(session, seen),
    ],
    mockOutputs: false,
  });
  return { planned, plan };
}

async function shownLock({ session, backend }: PreparedStack): Promise<SeenLock> {
  const { workTree, stack, signal } = session.context;
  const folder = join(workTree, stack.path);
  return await seeLock(backend, { folder, workspace: stack.workspace, env: session.env, signal });
}
