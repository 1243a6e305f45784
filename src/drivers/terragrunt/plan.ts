import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DriverPlan, PlanContext } from '../driver.ts';
import { LOCK_FILE } from '../terraform/init.ts';
import { toDriverPlan } from '../terraform/plan-result.ts';
import { planAndShow, type Planned } from '../terraform/plan-steps.ts';
import { varFiles } from '../terraform/prepare/stack-inputs.ts';
import type { SeenLock } from '../terraform/s3-lock.ts';
import { lockWarnings, seeLock } from '../terraform/shown-lock.ts';
import { initUnit } from './init.ts';
import { mockedDependencies } from './mock-outputs.ts';
import { inPreparedUnit, type PreparedUnit } from './prepared-unit.ts';

/** Plans a unit with Terragrunt; see `Driver.plan`. Nothing is written outside the context's own folders. */
export async function planTerragrunt(context: PlanContext): Promise<DriverPlan> {
  const use = { commands: ['plan'], env: {} } as const;
  return await inPreparedUnit(context, use, async (unit) => (await planUnit(unit)).plan);
}

/** Plans a prepared unit: what the pipeline gets, and what the tool left (the binary plan is in `planned.file`). */
export async function planUnit(prepared: PreparedUnit): Promise<{ planned: Planned; plan: DriverPlan }> {
  const { session, unit, sources, called, backend } = prepared;
  const vars = await varFiles(session.context);
  const planned = await planAndShow(
    session,
    vars.map((file) => `-var-file=${file.absolute}`),
    prepared.initRan ? undefined : () => initUnit(session, prepared.init, true),
  );
  const mocked = await mockedDependencies(session, prepared.tree, unit.facts.dependencies);
  const seen = await shownLock(prepared);
  const plan = await toDriverPlan(session, planned, {
    backend,
    lockFile: await readFile(join(session.cwd, LOCK_FILE), 'utf8').catch(() => null),
    sources: { ...sources.hashes, ...Object.fromEntries(vars.map((file) => [file.path, file.hash])) },
    stateLock: seen.lock,
    warnings: [
      ...mocked.map(
        (path) => `mock_outputs: this plan was built on mock outputs of ${path}, and must never be applied.`,
      ),
      ...lockWarnings(session, seen),
    ],
    mockOutputs: mocked.length > 0,
    extra: { mock_outputs: mocked, calls: { name: called.name, version: called.version } },
  });
  return { planned, plan };
}

/** Who holds the state's lock; the backend is read where Terragrunt has let Terraform run. */
async function shownLock({ session, working, backend, stateFolder }: PreparedUnit): Promise<SeenLock> {
  if (working === null)
    return {
      lock: null,
      unread: "The state's lock could not be read: Terragrunt did not say in which folder it runs.",
    };
  const { stack, signal } = session.context;
  return await seeLock(backend, {
    folder: stateFolder,
    workspace: stack.workspace,
    env: session.env,
    signal,
  });
}
