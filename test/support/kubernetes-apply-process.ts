// Applies a stack of manifests in a process of its own, which tests can kill:
// node kubernetes-apply-process.ts '<bench, stack, options, digest as JSON>'. Says each line of the apply's log.
import type { Stack } from '../../src/domain/stack.ts';
import { kubernetesDriver } from '../../src/drivers/kubernetes/index.ts';
import { anApplyContext } from './applying.ts';
import type { Bench } from './terraform.ts';
import { testToolchain } from './tools.ts';

const { bench, stack, options, digest } = JSON.parse(process.argv[2]!) as {
  bench: Bench;
  stack: Stack;
  options: object;
  digest: string;
};
const tools = testToolchain();
const { context } = await anApplyContext(bench, stack, {
  options,
  tools: tools.resolve.bind(tools),
  onProgress: ({ line }) => line !== undefined && process.stdout.write(`${line}\n`),
});
await kubernetesDriver.apply!(context, digest);
