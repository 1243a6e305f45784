import { execFile } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Stack } from '../../src/domain/stack.ts';
import type { Discovery, DiscoverySource } from '../../src/drivers/driver.ts';
import type { ApplyResult } from '../../src/drivers/driver-results.ts';
import { kubernetesDriver } from '../../src/drivers/kubernetes/index.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import { anApplyContext, digestOf } from './applying.ts';
import type { TestCluster } from './kube-client.ts';
import { aBench, discoverIn, planIn, type Bench, type Planned } from './terraform.ts';
import { testToolchain } from './tools.ts';

const run = promisify(execFile);

/** A repository as it stands, and what the driver makes of it. */
export interface DefinedRepo {
  bench: Bench;
  options: object;
  discover(source?: Partial<DiscoverySource>): Promise<Discovery>;
  plan(stack: Stack): Promise<Planned>;
  /** Applies what a fresh plan would change, as if it had been approved. */
  apply(stack: Stack): Promise<ApplyResult>;
  kubectl(...args: string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Where a repository's files come from. */
export interface RepoFiles {
  /** A folder to be copied, and where to. */
  copy?: { from: string; to: string };
  files?: Record<string, string>;
}

/** Makes a work tree of these files, for a cluster of this name. */
export async function aDefinedRepo(
  cluster: TestCluster | null,
  { copy, files = {} }: RepoFiles,
  more: { name?: string; options?: object } = {},
): Promise<DefinedRepo> {
  const bench = await aBench(files);
  if (copy !== undefined) {
    await mkdir(join(bench.workTree, copy.to), { recursive: true });
    await cp(copy.from, join(bench.workTree, copy.to), { recursive: true });
  }
  const kubeconfig =
    cluster === null ? '/nowhere/kubeconfig' : await cluster.kubeconfig(join(bench.root, 'kubeconfig'), {});
  const options = { clusters: [{ name: more.name ?? 'homelab', kubeconfig }], ...more.options };
  const tools = testToolchain();
  const context = { options, tools: tools.resolve.bind(tools) };
  const plan = async (stack: Stack) => await planIn(kubernetesDriver, bench, stack, context);
  return {
    bench,
    options,
    discover: async (source) => await discoverIn(kubernetesDriver, bench, { options, ...source }),
    plan,
    apply: async (stack) => {
      const planned = await plan(stack);
      const made = await anApplyContext(bench, stack, context);
      try {
        return await kubernetesDriver.apply!(made.context, digestOf(planned.plan.identity));
      } finally {
        await made.remove();
      }
    },
    kubectl: async (...args) => {
      const env = { ...toolEnv(process.env), KUBECONFIG: kubeconfig };
      return (await run('kubectl', args, { env })).stdout;
    },
    remove: async () => await bench.remove(),
  };
}

/** Stacks in an order in which each comes after those that it needs. */
export function inOrder(stacks: readonly Stack[]): Stack[] {
  const done = new Set<string>();
  const order: Stack[] = [];
  while (order.length < stacks.length) {
    const next = stacks.filter(
      ({ key, dependsOn }) => !done.has(key) && dependsOn.every((need) => done.has(need)),
    );
    if (next.length === 0)
      throw new Error('The stacks need each other in a circle, or something that is not there.');
    for (const stack of next) {
      done.add(stack.key);
      order.push(stack);
    }
  }
  return order;
}
