import type { Cluster, RequestOptions } from '../../kube/cluster.ts';
import { openCluster } from '../../kube/open-cluster.ts';
import { PlumblineError } from '../../util/errors.ts';
import { createRedactor } from '../../util/redact.ts';
import type { PlanContext } from '../driver.ts';
import { createClusterPool } from './cluster-pool.ts';
import { compileHealthRules, type CompiledHealthRule } from './health/custom-rules.ts';
import type { InventoryPlace } from './inventory.ts';
import { stackId } from './labels.ts';
import { stackOptionsAt } from './definitions/defined-stacks.ts';
import { ownReads, type PlanReads } from './plan-reads.ts';
import {
  mayReach,
  readKubernetesOptions,
  type ClusterOptions,
  type KubernetesOptions,
  type StackOptions,
} from './stack-options.ts';

/** All that the steps of one plan or apply share. */
export interface Session {
  context: PlanContext;
  cluster: Cluster;
  /** Given to every request: whose name it is made in, and when to give up. */
  request: RequestOptions;
  options: KubernetesOptions;
  stack: StackOptions;
  /** What a plan reads; those of a batch share it. */
  reads: PlanReads;
  /** The namespace of objects that name none, where the stack has none either. */
  defaultNamespace: string;
  /** The stack's ID in its cluster. */
  stackId: string;
  /** How long an apply waits for something to become healthy, or to be gone. */
  waitMs: number;
  /** From now on this value is hidden: one that the stack's source holds, and the pipeline may not know. */
  hide: (secret: string) => void;
  /** Hides secrets, those of the pipeline and those of the stack's source, in what people are told. */
  redact: (text: string) => string;
  healthRules: readonly CompiledHealthRule[];
  durationsMs: Record<string, number>;
}

const pool = createClusterPool(openCluster);

/**
 * Opens the stack's cluster, once for each process.
 * @param options the driver's options, where they have been read before
 * @throws PlumblineError `config_invalid` when the config does not say which cluster, and as `openCluster` and `stackOptionsAt`
 */
export async function openSession(
  context: PlanContext,
  options: KubernetesOptions = readKubernetesOptions(context.options),
): Promise<Session> {
  const stack = await stackOptionsAt(context, options);
  const name = context.stack.settings?.['cluster'] ?? options.defaultCluster;
  const settings = options.clusters.find((cluster) => cluster.name === name);
  if (settings === undefined) throw noCluster(context, name, options);
  if (!mayReach(context.repo, settings)) throw otherRepos(context, settings);
  const { impersonate: ofCluster, server: _, repos: __, ...reached } = settings;
  // Never what a repository says in place of what the config does.
  const impersonate = stack.impersonate ?? ofCluster ?? stack.definition?.impersonate ?? null;
  const own = createRedactor();
  const id = stackId(context.repo, context.stack.key);
  const cluster = await pool.get(reached, context.baseEnv);
  const request = { signal: context.signal, ...(impersonate === null ? {} : { impersonate }) };
  return {
    context,
    cluster,
    request,
    reads: ownReads({ cluster, request, namespace: options.namespace }, id),
    options,
    stack,
    defaultNamespace: 'default',
    stackId: id,
    waitMs: stack.timeoutMs,
    hide: own.add,
    redact: (text) => context.redact?.(own.redact(text)) ?? own.redact(text),
    healthRules: compileHealthRules(stack.health),
    durationsMs: {},
  };
}

/** Where a cluster's inventories are, asked for in the cluster's own name. @throws PlumblineError as `openCluster` */
export async function openOptions(
  { clusters, namespace }: KubernetesOptions,
  name: string,
  { baseEnv, signal }: Pick<PlanContext, 'baseEnv' | 'signal'>,
): Promise<InventoryPlace> {
  const { impersonate, server: _, ...reached } = clusters.find((cluster) => cluster.name === name)!;
  const cluster = await pool.get(reached, baseEnv);
  return { cluster, namespace, request: { signal, ...(impersonate === null ? {} : { impersonate }) } };
}

/** Does a step with its time noted, and shown to whoever watches. */
export async function step<T>(session: Session, name: string, work: () => Promise<T>): Promise<T> {
  session.context.onProgress({ step: name });
  const startedAt = performance.now();
  try {
    return await work();
  } finally {
    const spent = Math.round(performance.now() - startedAt);
    session.durationsMs[name] = (session.durationsMs[name] ?? 0) + spent;
  }
}

/** Discovery leaves such a stack out; the config may have changed since. */
function otherRepos({ repo, stack }: PlanContext, { name, repos }: ClusterOptions): PlumblineError {
  return new PlumblineError(
    'config_invalid',
    `${stack.key} of ${repo} is on the cluster "${name}", which the config keeps for ${repos?.join(', ')}. Add ${repo} to the cluster’s repos, or put the stack on another one.`,
  );
}

function noCluster(
  { stack }: PlanContext,
  name: string | null,
  { clusters }: KubernetesOptions,
): PlumblineError {
  const names = clusters.map((cluster) => cluster.name).join(', ') || 'none';
  const which =
    name === null
      ? `No cluster is named for ${stack.key}, and there is no default one`
      : `${stack.key} is on the cluster "${name}", which the config does not have`;
  return new PlumblineError(
    'config_invalid',
    `${which}. Name one in drivers.kubernetes.stacks[].cluster or default_cluster; the config's clusters are: ${names}.`,
  );
}
