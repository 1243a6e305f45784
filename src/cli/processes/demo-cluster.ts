import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openCluster } from '../../kube/open-cluster.ts';
import { kubeconfigOf } from '../../local/kube-cluster/kubeconfig.ts';
import { pretendNode } from '../../local/kube-cluster/pretend-node.ts';
import { clusterPrograms, startLocalCluster } from '../../local/kube-cluster/start-cluster.ts';
import { exec } from '../../util/exec.ts';
import { toolEnv } from '../../util/exec-env.ts';
import type { Io } from '../io.ts';
import { gitIn } from './demo-git.ts';
import { demoToolchain } from './demo-toolchain.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/gitops', import.meta.url));
const STEP_TIMEOUT_MS = 60_000;
/** What the demonstration leaves out: a second cluster, and charts, which would need Helm. */
const LEFT_OUT = [
  'README.md',
  'charts',
  'clusters/local',
  'apps/local',
  'apps/base/monitoring',
  'apps/homelab/monitoring',
  'infrastructure/sources',
];
const GONE = ['monitoring', 'infrastructure-sources'];

/** A cluster of this machine, and a repository whose stacks go there. */
export interface DemoCluster {
  /** A local path. */
  url: string;
  kubeconfig: string;
  /** Runs kubectl as the cluster's admin. */
  kubectl(args: readonly string[], env?: Record<string, string>): Promise<string>;
  /** Ends the cluster. Safe to call again. */
  stop(): Promise<void>;
}

/**
 * Starts a cluster with a real API server, and makes the repository of examples/gitops for it under `dir`.
 * @throws PlumblineError when the programs can't be had: `tool_not_found` and the like, or `cluster_failed`
 */
export async function startDemoCluster(dir: string, io: Io, signal: AbortSignal): Promise<DemoCluster> {
  const url = join(dir, 'demo-home');
  await makeHomeRepo(url, io, signal);
  const toolchain = demoToolchain(dir, io);
  const kubectl = await toolchain.resolve('kubectl', undefined, { signal });
  const programs = await clusterPrograms(toolchain.resolve, { signal });
  io.progress('     starting etcd, kube-apiserver and kube-controller-manager');
  const cluster = await startLocalCluster(programs, { signal });
  const ended = new AbortController();
  try {
    const kubeconfig = join(dir, 'demo.kubeconfig');
    await writeFile(kubeconfig, JSON.stringify(kubeconfigOf(cluster.facts, {})), { mode: 0o600 });
    const reached = { name: 'demo', kubeconfig, context: null, inCluster: false };
    const admin = await openCluster(
      { ...reached, timeoutMs: 30_000, maxInFlight: 4 },
      { env: toolEnv(io.env) },
    );
    const node = pretendNode(admin, ended.signal).catch((error: unknown) => {
      io.note(`The stand-in for a node has ended: ${String(error)}`);
    });
    io.progressDone();
    const env = { ...toolEnv(io.env), HOME: dir, KUBECONFIG: kubeconfig };
    return {
      url,
      kubeconfig,
      kubectl: async (args, more = {}) => {
        const options = { cwd: dir, env: { ...env, ...more }, timeoutMs: STEP_TIMEOUT_MS };
        return (await exec(kubectl.path, args, options)).stdout;
      },
      stop: async () => {
        ended.abort();
        await node;
        await admin.close();
        await cluster.stop();
      },
    };
  } catch (error) {
    ended.abort();
    await cluster.stop();
    throw error;
  }
}

/** The example as the folder `gitops/` of a repository, without what the demonstration has no use for. */
async function makeHomeRepo(repo: string, io: Io, signal: AbortSignal): Promise<void> {
  const folder = join(repo, 'gitops');
  await mkdir(repo);
  await cp(EXAMPLE, folder, { recursive: true });
  for (const path of LEFT_OUT) await rm(join(folder, path), { recursive: true });
  for (const name of ['apps.yaml', 'infrastructure.yaml']) {
    const path = join(folder, 'clusters/homelab', name);
    await writeFile(path, withoutGone(await readFile(path, 'utf8')));
  }
  const sync = join(folder, 'clusters/homelab/flux-system/gotk-sync.yaml');
  await writeFile(sync, (await readFile(sync, 'utf8')).replace(/(?<= url: ).*/, repo));
  const git = gitIn(repo, io, signal);
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'A home in Git');
}

function withoutGone(text: string): string {
  const documents = text
    .split(/^---\n/m)
    .filter((each) => !GONE.some((name) => each.includes(`  name: ${name}\n`)));
  return documents.join('---\n').replaceAll(/ {2}dependsOn:\n {4}- name: infrastructure-sources\n/g, '');
}
