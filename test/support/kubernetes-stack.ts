import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { StackResources } from '../../src/domain/resources/resource.ts';
import type { RolloutTarget } from '../../src/domain/rollout-target.ts';
import type { Stack } from '../../src/domain/stack.ts';
import type { ApplyContext, DriverPlan } from '../../src/drivers/driver.ts';
import type {
  ApplyResult,
  Recovery,
  RestoreResult,
  SavedState,
  UndoResult,
  Verification,
} from '../../src/drivers/driver-results.ts';
import { kubernetesDriver } from '../../src/drivers/kubernetes/index.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import { anApplyContext, anAttempt, digestOf, type Applying } from './applying.ts';
import type { AccountRule, AuditEvent, TestCluster } from './kube-client.ts';
import { aBench, aStack, planIn, type Bench, type Planned } from './terraform.ts';
import { testToolchain } from './tools.ts';

const run = promisify(execFile);

/** A stack of manifests on a cluster, in a namespace of its own. */
export interface KubernetesStack {
  stack: Stack;
  namespace: string;
  /** Writes files into the stack's folder, by name. */
  write(files: Record<string, string>): Promise<void>;
  plan(): Promise<Planned>;
  /** Applies as if this very plan had been approved. */
  applyPlan(plan: DriverPlan, more?: Partial<ApplyContext>): Promise<ApplyResult & { applying: Applying }>;
  /** Applies what a fresh plan would change, as if it had been approved. */
  apply(more?: Partial<ApplyContext>): Promise<ApplyResult & { applying: Applying }>;
  /** What became of an attempt at this plan. */
  recover(plan: DriverPlan): Promise<Recovery>;
  verify(): Promise<Verification & { applying: Applying }>;
  /** What the stack has, and, where wanted, what nobody declared beside it. */
  inspect(wanted?: { orphans: boolean }): Promise<StackResources>;
  planRestore(saved: SavedState): Promise<DriverPlan>;
  /** Restores as if this very plan, or else a fresh one, had been approved. */
  restore(
    saved: SavedState,
    plan?: DriverPlan,
    more?: Partial<ApplyContext>,
  ): Promise<RestoreResult & { applying: Applying }>;
  planUndo(target: RolloutTarget): Promise<DriverPlan>;
  /** Undoes as if this very plan, or else a fresh one, had been approved. */
  undo(target: RolloutTarget, plan?: DriverPlan): Promise<UndoResult & { applying: Applying }>;
  /** Runs kubectl as the cluster's admin, in the stack's namespace. */
  kubectl(...args: string[]): Promise<string>;
  /** `kubectl edit` of somebody whose editor is a sed expression. */
  edit(object: string, expression: string): Promise<void>;
  /** What another process needs to apply it. */
  site: { bench: Bench; options: object };
  /** The stack of the same folder on another cluster. */
  on(cluster: string): KubernetesStack;
  /** What discovery has made of it. */
  as(stack: Stack): KubernetesStack;
  /** Another stack of the same repository, cluster and namespace. */
  beside(path: string, files: Record<string, string>): Promise<KubernetesStack>;
  remove(): Promise<void>;
}

/** What is not as usual of a stack. */
export interface StackChoices {
  /** Of its entry in the config. */
  options?: object;
  /** What Plumbline may do; everything unless given. */
  rights?: readonly AccountRule[];
  /** Whose token Plumbline has, in place of an account with `rights`. */
  token?: string;
  /** Plumbline’s own namespace; one that nobody else has unless given. */
  inventory?: string;
  /** Its folder; `apps/shop` unless given. */
  path?: string;
  /** Another cluster, which is called `far` and gets a namespace of the same name. */
  far?: TestCluster;
}

/** Makes a namespace, and a work tree with these manifests in `apps/shop`. */
export async function aKubernetesStack(
  cluster: TestCluster,
  files: Record<string, string>,
  { options: more = {}, rights, far, token: given, inventory, path = 'apps/shop' }: StackChoices = {},
): Promise<KubernetesStack> {
  const bench = await aBench();
  const namespace = await cluster.namespace('shop');
  const configOf = async (of: TestCluster, name: string, choices: { token?: string } = {}) =>
    await of.kubeconfig(join(bench.root, name), { namespace, ...choices });
  const kubeconfig = await configOf(cluster, 'admin');
  const token = rights === undefined ? given : (await cluster.account(namespace, rights)).token;
  const worker = await configOf(cluster, 'worker', token === undefined ? {} : { token });
  const clusters = [{ name: 'test', kubeconfig: worker }];
  if (far !== undefined) {
    await far.must('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace } } });
    clusters.push({ name: 'far', kubeconfig: await configOf(far, 'far') });
  }
  const options = {
    clusters,
    namespace: inventory ?? `${namespace}-inventory`,
    stacks: [{ path: '**', namespace, ...more }],
  };
  const kubectl = async (args: readonly string[], env: Record<string, string> = {}) =>
    (await run('kubectl', args, { env: { ...toolEnv(process.env), KUBECONFIG: kubeconfig, ...env } })).stdout;
  const remove = async () => {
    await kubectl([
      'delete',
      'namespace',
      namespace,
      options.namespace,
      '--wait=false',
      '--ignore-not-found',
    ]);
    await rm(bench.root, { recursive: true, force: true });
  };
  return await stackAt(path, files, { bench, namespace, options, kubectl, remove });
}

interface Site {
  bench: Bench;
  namespace: string;
  options: object;
  kubectl: (args: readonly string[], env?: Record<string, string>) => Promise<string>;
  remove: () => Promise<void>;
}

async function stackAt(path: string, files: Record<string, string>, site: Site): Promise<KubernetesStack> {
  const made = stackOn('test', path, site);
  await made.write(files);
  return made;
}

function stackOn(cluster: string, path: string, site: Site, found?: Stack): KubernetesStack {
  const { bench, namespace, options, kubectl, remove } = site;
  const plain = aStack('kubernetes', path);
  const key = cluster === 'test' ? plain.key : `${plain.key}@${cluster}`;
  const stack = found ?? { ...plain, key, settings: { cluster } };
  const tools = testToolchain();
  const context = { options, tools: tools.resolve.bind(tools) };
  const plan = () => planIn(kubernetesDriver, bench, stack, context);
  const applying = async <T>(
    work: (context: ApplyContext) => Promise<T>,
    more: Partial<ApplyContext> = {},
  ): Promise<T & { applying: Applying }> => {
    const made = await anApplyContext(bench, stack, { ...context, ...more });
    try {
      return { ...(await work(made.context)), applying: made };
    } finally {
      await made.remove();
    }
  };
  const planRestore: KubernetesStack['planRestore'] = async (saved) =>
    await applying((given) => kubernetesDriver.planRestore!(given, saved));
  const planUndo: KubernetesStack['planUndo'] = async (target) =>
    await applying((given) => kubernetesDriver.planUndo!(given, target));
  const applyPlan: KubernetesStack['applyPlan'] = async ({ identity }, more) =>
    await applying((given) => kubernetesDriver.apply!(given, digestOf(identity)), more);
  return {
    stack,
    namespace,
    write: async (texts) =>
      await bench.write(
        Object.fromEntries(Object.entries(texts).map(([name, text]) => [join(path, name), text])),
      ),
    plan,
    applyPlan,
    apply: async (more) => await applyPlan((await plan()).plan, more),
    recover: async ({ identity }) => {
      const attempt = anAttempt({ stackKey: stack.key, digest: digestOf(identity) });
      return await applying((given) => kubernetesDriver.recover!(given, attempt));
    },
    planRestore,
    restore: async (saved, plan, more) => {
      const { identity } = plan ?? (await planRestore(saved));
      return await applying((given) => kubernetesDriver.restore!(given, saved, digestOf(identity)), more);
    },
    planUndo,
    undo: async (target, plan) => {
      const { identity } = plan ?? (await planUndo(target));
      return await applying((given) => kubernetesDriver.undo!(given, target, digestOf(identity)));
    },
    verify: async () => await applying((given) => kubernetesDriver.verify!(given)),
    inspect: async (wanted = { orphans: false }) =>
      await applying((given) => kubernetesDriver.inspect!(given, wanted)),
    site: { bench, options },
    kubectl: (...args) => kubectl(args),
    edit: async (object, expression) => {
      await kubectl(['edit', object], { KUBE_EDITOR: `sed -i -e ${expression}` });
    },
    on: (other) => stackOn(other, path, site),
    as: (other) => stackOn(cluster, path, site, other),
    beside: async (folder, texts) => await stackAt(folder, texts, site),
    remove,
  };
}

/** `~ web/ConfigMap/settings`, for each change of a plan, without the namespace. */
export function changesOf({ changes }: DriverPlan): string[] {
  return changes.map(
    ({ action, address, cause }) => `${action} ${address.replace(/^[^/]+\/(?=[^/]+\/)/, '')} ${cause}`,
  );
}

/** What Plumbline has written in a namespace, by the server's own log: dry runs and what was refused are none of it. */
export async function writesIn(cluster: TestCluster, namespace: string): Promise<AuditEvent[]> {
  return (await cluster.auditLog()).filter(
    ({ verb, objectRef, userAgent, requestURI, responseStatus }) =>
      ['create', 'update', 'patch', 'delete'].includes(verb) &&
      objectRef?.namespace === namespace &&
      userAgent?.startsWith('plumbline') === true &&
      !requestURI.includes('dryRun=All') &&
      (responseStatus?.code ?? 0) < 300,
  );
}
