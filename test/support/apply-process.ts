// Applies a stack in a process of its own, which tests can kill: node apply-process.ts '<bench, stack, digest, more as JSON>'.
// A stack of Terragrunt is applied with the stand-in.
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { terragruntDriver } from '../../src/drivers/terragrunt/index.ts';
import { anApplyContext } from './applying.ts';
import { standInTerragrunt } from './terragrunt.ts';
import { toolsOnPath, type Bench } from './terraform.ts';
import type { Stack } from '../../src/domain/stack.ts';
import type { ApplyContext } from '../../src/drivers/driver.ts';

const { bench, stack, digest, more } = JSON.parse(process.argv[2]!) as {
  bench: Bench;
  stack: Stack;
  digest: string;
  more: Partial<ApplyContext>;
};
const say = (event: object) => process.stdout.write(`${JSON.stringify(event)}\n`);
const isUnit = stack.kind === 'terragrunt';
let begun = false;
const { context } = await anApplyContext(bench, stack, {
  tools: isUnit ? standInTerragrunt : toolsOnPath,
  ...more,
  onBegin: async () => {
    begun = true;
  },
  onProcess: ({ pgid, state }) => begun && say({ pgid, state }),
  onProgress: ({ line }) => begun && line !== undefined && say({ line }),
});
say({ result: await (isUnit ? terragruntDriver : terraformDriver).apply!(context, digest) });
