import { join } from 'node:path';
import type { PlanContext } from '../../driver.ts';
import { createWorkspace } from '../absent-workspace.ts';
import { stackFolders } from '../environment.ts';
import type { Flavour } from '../flavour.ts';
import type { TerraformOptions } from '../options.ts';
import { planPrepared } from '../plan.ts';
import { inPreparedStack, type PreparedStack } from '../prepare/prepared-stack.ts';
import type { ReadyStack, StackMaker } from './ready-stack.ts';

/** Makes root modules ready, for Terraform or OpenTofu. `optionsOf` parses the driver's own options. */
export function rootModules(
  flavour: Flavour,
  optionsOf: (context: PlanContext) => TerraformOptions,
): StackMaker {
  return {
    inStack: (context, work) =>
      inPreparedStack(context, flavour, optionsOf(context), (stack) => work(ready(stack))),
    runFolders: async (context) => [join(stackFolders(context).tree, context.stack.path)],
  };
}

function ready(prepared: PreparedStack): ReadyStack {
  const { session, options, backend, workspaceAbsent } = prepared;
  const { workTree, stack } = session.context;
  return {
    session,
    options,
    backend,
    stateFolder: join(workTree, stack.path),
    plan: (by) => planPrepared({ ...prepared, session: by }),
    makeWorkspace: workspaceAbsent ? () => inNewWorkspace(prepared) : undefined,
  };
}

async function inNewWorkspace(prepared: PreparedStack): Promise<ReadyStack> {
  await createWorkspace(prepared.session, prepared.init);
  return ready({ ...prepared, workspaceAbsent: false, initRan: true });
}
