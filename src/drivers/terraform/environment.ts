import { join } from 'node:path';
import type { PlanContext } from '../driver.ts';

/** Where things of one stack are kept between plans, under the context's `dataDir`. */
export function stackFolders(context: PlanContext): {
  tree: string;
  tfData: string;
  stamp: string;
  lock: string;
} {
  return {
    tree: join(context.dataDir, 'tree'),
    tfData: join(context.dataDir, 'tf'),
    stamp: join(context.dataDir, 'init.json'),
    lock: join(context.dataDir, 'plan.lock'),
  };
}

/**
 * The whole environment of Terraform for one stack: the worker's, the stack's own on top, and last what Plumbline decides:
 * data folder, workspace, no questions, no calls home. A plugin cache or CLI configuration that is set already is kept.
 */
export function terraformEnv(context: PlanContext): Record<string, string> {
  const env: Record<string, string> = {
    TF_PLUGIN_CACHE_DIR: join(context.cacheDir, 'terraform', 'plugins'),
    ...context.baseEnv,
    ...context.env,
    TF_DATA_DIR: stackFolders(context).tfData,
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    CHECKPOINT_DISABLE: '1',
  };
  if (context.stack.workspace === 'default') delete env['TF_WORKSPACE'];
  else env['TF_WORKSPACE'] = context.stack.workspace;
  return env;
}
