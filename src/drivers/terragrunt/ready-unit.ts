import { join } from 'node:path';
import { PlumblineError } from '../../util/errors.ts';
import type { PlanContext } from '../driver.ts';
import type { ReadyStack, StackMaker } from '../terraform/apply/ready-stack.ts';
import { stackFolders } from '../terraform/environment.ts';
import { planUnit } from './plan.ts';
import { inPreparedUnit, type PreparedUnit, type UnitUse } from './prepared-unit.ts';
import { notedFolder } from './working-folder.ts';

const APPLYING: UnitUse = {
  commands: ['plan', 'apply'],
  // A second run of an apply that failed is nothing that anybody agreed on.
  env: { TG_NO_AUTO_RETRY: 'true', TERRAGRUNT_NO_AUTO_RETRY: 'true' },
};

/** Makes Terragrunt's units ready for applies and all around them; every command goes through Terragrunt. */
export const unitMaker: StackMaker = {
  inStack: (context, work) => inPreparedUnit(context, APPLYING, (unit) => work(ready(unit))),
  runFolders,
};

/** @throws PlumblineError `working_folder_unknown` */
function ready(prepared: PreparedUnit): ReadyStack {
  const { session, options, backend, stateFolder, working, unit } = prepared;
  if (working === null)
    throw new PlumblineError(
      'working_folder_unknown',
      `Terragrunt ${session.tool.version} does not say in which folder it runs ${unit.path}, so nobody can tell where its state lies. Nothing was changed. Find out with "terragrunt info print" in that folder.`,
    );
  return {
    session,
    options,
    backend,
    stateFolder,
    plan: (by) => planUnit({ ...prepared, session: by }),
  };
}

async function runFolders(context: PlanContext): Promise<string[]> {
  const own = join(stackFolders(context).tree, context.stack.path);
  const working = await notedFolder(context);
  return working === undefined ? [own] : [own, working];
}
