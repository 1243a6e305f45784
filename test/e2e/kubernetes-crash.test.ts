import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttemptsJson } from '../../src/api/schemas/attempt.ts';
import type { AuditVerificationJson } from '../../src/api/schemas/audit.ts';
import type { StackJson } from '../../src/api/schemas/repo.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import type { AuditEvent, TestCluster } from '../support/kube-client.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import { aSite, call, eventually, type Site } from '../support/plumbline.ts';
import { SHAPES, startShape, type RunningShape } from '../support/shapes.ts';
import { commitFiles } from '../support/stacks-repo.ts';
import { waitFor } from '../support/wait-for.ts';

const run = promisify(execFile);

/** Without `up` nobody makes a key. */
const KEY = { PLUMBLINE_DATA_KEY: Buffer.alloc(32, 7).toString('base64') };
const MANY = 200;
const ALL = Array.from({ length: MANY }, (_, at) => `many-${at}`).toSorted();
const config = (name: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { color: red }\n`;

describe('an apply of 200 objects whose worker is killed', () => {
  let site: Site;
  let cluster: TestCluster;
  let namespace: string;
  let running: RunningShape | undefined;
  let kubectl: (...args: string[]) => Promise<string>;

  beforeAll(async () => {
    site = await aSite({});
    cluster = await sharedCluster();
    namespace = await cluster.namespace('crash');
    const kubeconfig = await cluster.kubeconfig(join(site.dir, 'kubeconfig'), { namespace });
    kubectl = async (...args) =>
      (await run('kubectl', args, { env: { ...toolEnv(process.env), KUBECONFIG: kubeconfig } })).stdout;
    await commitFiles(join(site.dir, 'repo'), { 'apps/many/all.yaml': ALL.map(config).join('---\n') });
    await site.configure({
      repos: [{ name: 'homelab', url: join(site.dir, 'repo') }],
      environments: [{ name: 'production', paths: ['apps/**'], policy: { approvals: { required: 0 } } }],
      worker: { lock_ttl: '2m', renew_every: '10s' },
      drivers: {
        kubernetes: {
          clusters: [{ name: 'home', kubeconfig, max_in_flight: 2 }],
          namespace: `${namespace}-inventory`,
          stacks: [{ path: '**', namespace }],
        },
      },
    });
  });
  afterAll(async () => {
    await running?.stop();
    await kubectl?.('delete', 'namespace', namespace, `${namespace}-inventory`, '--wait=false');
    await site?.remove();
  });

  const attempts = async () => (await call<AttemptsJson>(site, 'GET', '/api/attempts')).json.attempts;
  const stack = async () =>
    (await call<{ stacks: StackJson[] }>(site, 'GET', '/api/repos/homelab/stacks')).json.stacks[0];
  /** What was really written, by the server's own log. */
  const writes = async (): Promise<AuditEvent[]> =>
    (await cluster.auditLog()).filter(
      ({ verb, objectRef, requestURI, responseStatus }) =>
        ['create', 'update', 'patch', 'delete'].includes(verb) &&
        objectRef?.namespace === namespace &&
        objectRef.name?.startsWith('many-') === true &&
        !requestURI.includes('dryRun=All') &&
        (responseStatus?.code ?? 0) < 300,
    );

  it('is finished by the next worker and the next sync: nothing twice, nothing lost', async () => {
    running = await startShape(SHAPES[0], site, { env: KEY, roles: ['serve', 'worker'] });
    const [worker] = running.workers;
    await call(site, 'POST', '/api/repos/homelab/sync', {});
    await waitFor('a part is written', async () => (await writes()).length >= 30);
    await worker!.kill();
    const byFirst = (await writes()).map(({ objectRef }) => objectRef!.name!);
    expect(byFirst.length).toBeGreaterThanOrEqual(30);
    expect(byFirst.length).toBeLessThan(MANY);

    const next = running.start('worker');
    const [lost] = await eventually(
      'the attempt is closed',
      async () => {
        const found = await attempts();
        return found[0] !== undefined && !['started', 'unknown'].includes(found[0].status) && found;
      },
      { withinMs: 240_000, log: next.log },
    );
    expect(lost).toMatchObject({ status: 'partial' });
    // Whoever asks again gets what is left of it, and no more.
    await eventually(
      'the stack is in sync',
      async () => {
        if ((await stack())?.status === 'in_sync') return true;
        await call(site, 'POST', '/api/repos/homelab/sync', {});
        return false;
      },
      { withinMs: 240_000, log: next.log },
    );
    const written = (await writes()).map(({ verb, objectRef }) => `${verb} ${objectRef!.name!}`);
    expect(written.toSorted()).toEqual(ALL.map((name) => `patch ${name}`).toSorted());
    const live = await kubectl('get', 'configmaps', '-o', 'jsonpath={.items[*].metadata.name}');
    expect(
      live
        .split(' ')
        .filter((name) => name.startsWith('many-'))
        .toSorted(),
    ).toEqual(ALL);
    expect((await call<AuditVerificationJson>(site, 'GET', '/api/audit/verify')).json).toMatchObject({
      ok: true,
    });
  });
});
