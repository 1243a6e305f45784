import { isDeepStrictEqual } from 'node:util';
import type { StackJson } from '../../api/schemas/repo.ts';
import type { ScanAcceptedJson } from '../../api/schemas/task.ts';
import type { ConfigInput } from '../../config/schema/config.ts';
import { PlumblineError } from '../../util/errors.ts';
import { createApiClient } from '../api-client.ts';
import { followTask } from '../follow-task.ts';
import type { Io } from '../io.ts';
import { stackTable } from '../stack-table.ts';
import type { DemoCluster } from './demo-cluster.ts';
import { expectThat, repairDrift, syncApproved, type DemoPeople } from './demo-repair.ts';

const REPO = 'demo-home';
const app = (name: string) => `gitops/apps/homelab/${name}`;
/** These folders don't say which cluster they are for, nor what their Kustomizations are called; so the keys do. */
const infrastructure = (name: string) => `gitops/infrastructure/${name}@homelab.infrastructure-${name}`;
/** What is rolled out together; each needs what came before it. */
const ROLLOUT = [
  [infrastructure('controllers')],
  [infrastructure('policies')],
  [app('redpanda'), app('heatpump-mqtt')],
  [app('mqtt-input'), app('redpanda-sink')],
];
const EDITED = app('mqtt-input');
const DEPLOYMENT = ['deployment/mqtt-input', '--namespace', 'mqtt-input'];
const IMAGE = ['get', ...DEPLOYMENT, '--output', 'jsonpath={.spec.template.spec.containers[0].image}'];
/** An editor that changes the image and leaves. */
const EDITOR = String.raw`sed -i -e 's/\(image:.*\):[^:]*$/\1:hotfix/'`;

/** What the demonstration's config says of the cluster and its repository. */
export function homeConfig({ url, kubeconfig }: Pick<DemoCluster, 'url' | 'kubeconfig'>) {
  return {
    repo: {
      name: REPO,
      url,
      discovery: { include: ['gitops/apps/homelab/*', 'gitops/infrastructure/*'] },
    },
    environments: [{ name: 'homelab', sources: [{ repo: REPO }], policy: { approvals: { required: 2 } } }],
    drivers: { kubernetes: { clusters: [{ name: 'homelab', kubeconfig }] } },
  } satisfies { repo: NonNullable<ConfigInput['repos']>[number] } & Pick<
    ConfigInput,
    'environments' | 'drivers'
  >;
}

/** Rolls the repository out to the empty cluster: infrastructure, then apps, each plan approved by two people. */
export async function rollOutHome(url: string, people: DemoPeople, io: Io): Promise<void> {
  for (const stacks of ROLLOUT)
    await syncApproved({ url, repo: REPO, stacks, reason: 'roll out the home' }, people, io);
}

/**
 * Somebody edits a Deployment by hand; a scan finds it and says who it was, two people approve the repair, and live is what Git
 * says again.
 * @throws PlumblineError `demo_failed` when a step comes to something else
 */
export async function repairHome(
  url: string,
  { people, cluster }: { people: DemoPeople; cluster: DemoCluster },
  io: Io,
): Promise<void> {
  const client = createApiClient({ baseUrl: url, token: people.author.token });
  const before = await cluster.kubectl(IMAGE);
  await cluster.kubectl(['edit', ...DEPLOYMENT], { KUBE_EDITOR: EDITOR });
  const edited = await cluster.kubectl(IMAGE);
  expectThat(edited.endsWith(':hotfix'), `kubectl edit to have changed the image ${before}, not ${edited}`);
  io.out(`     kubectl edit deployment/mqtt-input: ${before} is now ${edited}`);
  const { task } = await client.post<ScanAcceptedJson>(`/api/repos/${REPO}/scan`, { trigger: 'demo' });
  await followTask(client, task.id, io);
  const report = await client.getText(`/api/tasks/${encodeURIComponent(task.id)}/report?format=markdown`);
  io.out(report);
  expectThat(
    report.includes('changed by kubectl-edit'),
    'the report to say that kubectl-edit made the change',
  );
  const { stacks } = await client.get<{ stacks: StackJson[] }>(`/api/repos/${REPO}/stacks`);
  io.out(stackTable(stacks, io.colors));
  mustBeAsExpected(stacks);
  const request = { url, repo: REPO, stack: EDITED, reason: 'the hotfix is not in Git' };
  await repairDrift(request, people, io);
  const after = await cluster.kubectl(IMAGE);
  expectThat(after === before, `the image to be ${before} again, not ${after}`);
  io.out(`     kubectl get deployment/mqtt-input: ${after}`);
}

function mustBeAsExpected(stacks: readonly StackJson[]): void {
  const expected = Object.fromEntries(
    ROLLOUT.flat().map((key) => [key, key === EDITED ? 'drifted' : 'in_sync']),
  );
  const found = Object.fromEntries(
    stacks.filter(({ key }) => key in expected).map(({ key, status }) => [key, status]),
  );
  if (isDeepStrictEqual(sorted(found), sorted(expected))) return;
  throw new PlumblineError(
    'demo_failed',
    `The scan should have found ${JSON.stringify(expected)}, but found ${JSON.stringify(found)}.`,
  );
}

function sorted(record: Record<string, string>): [string, string][] {
  return Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
