import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { kubernetesDriver } from '../../src/drivers/kubernetes/index.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import { sharedCluster } from './kube-shared.ts';
import { startRollbackTest, type RollbackOptions, type RollbackTest } from './rollback-repo.ts';
import type { TestTemporal } from './temporal.ts';
import { testToolchain } from './tools.ts';

const run = promisify(execFile);

/** Workers with a real Git repository whose Kubernetes stacks are on a real cluster. */
export interface KubernetesRollbackTest extends RollbackTest {
  /** Runs kubectl as the cluster's admin, in the stacks' namespace. */
  kubectl(...args: string[]): Promise<string>;
}

/** @param stacks of the config, before the entry that all others have; each gets the test's namespace */
export async function startKubernetesRollbackTest(
  temporal: TestTemporal,
  { stacks = [], settings = {}, ...options }: RollbackOptions & { stacks?: readonly object[] },
): Promise<KubernetesRollbackTest> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-kube-rollback-'));
  const cluster = await sharedCluster();
  const namespace = await cluster.namespace('rollback');
  const kubeconfig = await cluster.kubeconfig(join(folder, 'kubeconfig'), { namespace });
  const inventories = `${namespace}-inventory`;
  const kubectl = async (...args: string[]) =>
    (await run('kubectl', args, { env: { ...toolEnv(process.env), KUBECONFIG: kubeconfig } })).stdout;
  const tools = testToolchain();
  const test = await startRollbackTest(temporal, {
    ...options,
    real: { driver: kubernetesDriver, tools: tools.resolve.bind(tools) },
    settings: {
      ...settings,
      drivers: {
        kubernetes: {
          clusters: [{ name: 'test', kubeconfig }],
          namespace: inventories,
          stacks: [...stacks, { path: '**' }].map((stack) => ({ ...stack, namespace })),
        },
      },
    },
  });
  return {
    ...test,
    kubectl,
    stop: async () => {
      await test.stop();
      await kubectl('delete', 'namespace', namespace, inventories, '--wait=false', '--ignore-not-found');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
