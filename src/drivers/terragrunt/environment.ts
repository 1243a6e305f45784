import { join } from 'node:path';
import type { PlanContext } from '../driver.ts';
import { refuseBlindPlans } from '../terraform/environment.ts';

/**
 * The whole environment of Terragrunt for one unit. Its settings go by environment, under their names before and after
 * version 0.73, so that the command line is the same for all versions.
 * @throws PlumblineError `config_invalid`, see `refuseBlindPlans`
 * @param toolPath what Terragrunt shall call
 */
export function terragruntEnv(context: PlanContext, toolPath: string): Record<string, string> {
  refuseBlindPlans(context.env);
  const given = { ...context.baseEnv, ...context.env };
  const download =
    given['TG_DOWNLOAD_DIR'] ??
    given['TERRAGRUNT_DOWNLOAD'] ??
    join(context.cacheDir, 'terragrunt', 'download');
  return {
    TF_PLUGIN_CACHE_DIR: join(context.cacheDir, 'terraform', 'plugins'),
    ...given,
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    CHECKPOINT_DISABLE: '1',
    TERRAGRUNT_DOWNLOAD: download,
    TG_DOWNLOAD_DIR: download,
    TERRAGRUNT_NON_INTERACTIVE: 'true',
    TG_NON_INTERACTIVE: 'true',
    // Left to itself, it makes or changes the bucket and the lock table of `remote_state`, without asking.
    TG_BACKEND_BOOTSTRAP: 'false',
    TG_BACKEND_REQUIRE_BOOTSTRAP: 'true',
    TG_FAIL_ON_STATE_BUCKET_CREATION: 'true',
    TERRAGRUNT_FAIL_ON_STATE_BUCKET_CREATION: 'true',
    TG_DISABLE_BUCKET_UPDATE: 'true',
    TERRAGRUNT_DISABLE_BUCKET_UPDATE: 'true',
    TERRAGRUNT_TFPATH: toolPath,
    TG_TF_PATH: toolPath,
    // What Terraform prints must reach stdout as it is.
    TERRAGRUNT_FORWARD_TF_STDOUT: 'true',
    TG_TF_FORWARD_STDOUT: 'true',
    TERRAGRUNT_NO_COLOR: 'true',
    TG_NO_COLOR: 'true',
  };
}
