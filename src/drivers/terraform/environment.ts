import { join } from 'node:path';
import { PlumblineError } from '../../util/errors.ts';
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
 * @throws PlumblineError `config_invalid` when the environment would make a plan blind, see `refuseBlindPlans`
 */
export function terraformEnv(context: PlanContext): Record<string, string> {
  refuseBlindPlans(context.env);
  const env: Record<string, string> = {
    TF_PLUGIN_CACHE_DIR: join(context.cacheDir, 'terraform', 'plugins'),
    ...CREATE_NOTHING,
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

/** The backend `pg` makes its schema and table when it is only looked at; a scan changes nothing. */
const CREATE_NOTHING = {
  PG_SKIP_SCHEMA_CREATION: 'true',
  PG_SKIP_TABLE_CREATION: 'true',
  PG_SKIP_INDEX_CREATION: 'true',
};

/** Arguments with which a plan looks at a part of a stack only, or not at what is live, or at something else altogether. */
const BLIND =
  /(?<=^|\s)--?(?:target|target-file|exclude|exclude-file|refresh|refresh-only|destroy|replace|state|lock|out)(?=[=\s]|$)/;

/** The first argument of a text that would make a plan blind, such as `-target`. */
export function blindArgument(text: string): string | undefined {
  return BLIND.exec(text)?.[0];
}

/**
 * Refuses arguments in `scan.env` that would let a stack look in sync although it isn't, or take its lock.
 * @throws PlumblineError `config_invalid`
 */
export function refuseBlindPlans(
  env: Readonly<Record<string, string>>,
  names: readonly string[] = ['TF_CLI_ARGS', 'TF_CLI_ARGS_plan'],
): void {
  for (const name of names) {
    const found = blindArgument(env[name] ?? '');
    if (found !== undefined)
      throw new PlumblineError(
        'config_invalid',
        `scan.env sets ${name} with ${found}: such a plan would not show all that a stack's state is. Remove it there.`,
      );
  }
}
