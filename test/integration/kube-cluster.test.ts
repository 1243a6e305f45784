import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testCluster, type ClusterFacts } from '../support/kube-client.ts';
import { startKubeCluster } from '../support/kube-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

const OWNER = fileURLToPath(new URL('../support/kube-owner.ts', import.meta.url));

let folder: string;
const usual = process.env['TMPDIR'];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-kube-test-'));
  process.env['TMPDIR'] = folder;
});
afterEach(async () => {
  if (usual === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = usual;
  await rm(folder, { recursive: true, force: true });
});

/** The processes that have the folder in their arguments, by the name of their program. */
async function processes(): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const [program = '', ...args] = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split(
      '\0',
    );
    if (args.some((arg) => arg.includes(folder))) found.push(program.split('/').at(-1) ?? '');
  }
  return found.toSorted();
}

describe('a cluster of the tests', () => {
  it('leaves no process and no file when its start is given up half way', async () => {
    const giveUp = new AbortController();
    const starting = startKubeCluster({ signal: giveUp.signal });
    const ended = starting.then(
      () => 'started',
      (error: unknown) => (error as Error).message,
    );
    await waitFor('the API server', async () => (await processes()).includes('kube-apiserver'));
    giveUp.abort(new Error('enough'));
    expect(await ended).toBe('enough');
    expect(await processes()).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('works, and ends with the process that wants it', async () => {
    const owner = spawn(process.execPath, [OWNER], { stdio: ['pipe', 'pipe', 'inherit'] });
    const closed = once(owner, 'close');
    const [line] = (await once(createInterface(owner.stdout), 'line')) as [string];
    const { facts } = JSON.parse(line) as { facts: ClusterFacts };
    expect(await processes()).toEqual(['etcd', 'kube-apiserver', 'kube-controller-manager']);
    const cluster = testCluster(facts);
    const namespace = await cluster.namespace('garbage');
    const home = `/api/v1/namespaces/${namespace}/configmaps`;
    const parent = await cluster.must('POST', home, { body: { metadata: { name: 'parent' } } });
    const { uid } = parent['metadata'] as { uid: string };
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'parent', uid }];
    await cluster.must('POST', home, { body: { metadata: { name: 'child', ownerReferences } } });
    await cluster.must('DELETE', `${home}/parent`);
    await waitFor(
      'the child to be collected',
      async () => (await cluster.request('GET', `${home}/child`)).status === 404,
    );
    owner.stdin.end();
    await closed;
    expect(await processes()).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });
});
