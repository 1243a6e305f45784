import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { planLocalSync } from '../../src/local/sync-local.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import { PLUMBLINE_BIN, runCli, type CliResult } from '../support/plumbline.ts';

const run = promisify(execFile);
/** Gives a command a terminal of its own. */
const TERMINAL = 'script';

const configMap = (name: string, color: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { color: ${color} }\n`;
const secret = (word: string) =>
  `apiVersion: v1\nkind: Secret\nmetadata: { name: token }\nstringData: { word: ${word} }\n`;

/** One folder from its first sync to its last, as somebody has it who works without a server. */
describe('sync of a local folder', () => {
  let dir: string;
  let kubectl: (...args: string[]) => Promise<string>;
  let configFile: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'plumbline-sync-local-'));
    env = { PLUMBLINE_CACHE_DIR: join(dir, 'cache') };
    const shared = await sharedCluster();
    const namespace = await shared.namespace('local');
    const kubeconfig = await shared.kubeconfig(join(dir, 'kubeconfig'), { namespace });
    kubectl = async (...args) =>
      (await run('kubectl', args, { env: { ...toolEnv(process.env), KUBECONFIG: kubeconfig } })).stdout;
    configFile = join(dir, 'config.yaml');
    await writeFile(
      configFile,
      stringify({
        repos: [{ name: 'homelab', url: 'https://git.example.com/homelab.git' }],
        environments: [
          { name: 'guarded', paths: ['guarded/**'], policy: { approvals: { required: 2 } } },
          { name: 'home', paths: ['**'], policy: { approvals: { required: 0 } } },
        ],
        drivers: {
          kubernetes: {
            clusters: [{ name: 'home', kubeconfig }],
            namespace: `${namespace}-inventory`,
            stacks: [
              { path: 'apps/shop', namespace, depends_on: ['infrastructure/base'] },
              { path: '**', namespace },
            ],
          },
        },
      }),
    );
    await write({
      'apps/shop/settings.yaml': configMap('settings', 'red'),
      'apps/shop/token.yaml': secret('canary-7d21'),
      'infrastructure/base/base.yaml': configMap('base', 'red'),
    });
  });

  afterAll(async () => {
    const namespace = await kubectl('config', 'view', '--minify', '-o', 'jsonpath={..namespace}');
    await kubectl(
      'delete',
      'namespace',
      namespace,
      `${namespace}-inventory`,
      '--wait=false',
      '--ignore-not-found',
    );
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  });

  async function write(files: Record<string, string>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(dir, 'tree', name)), { recursive: true });
      await writeFile(join(dir, 'tree', name), text);
    }
  }

  const AS = ['--as', 'homelab'];
  const sync = async (...args: string[]): Promise<CliResult> =>
    await runCli(['sync', '--local', join(dir, 'tree'), '--config', configFile, ...args], { env });
  const names = async () =>
    (await kubectl('get', 'configmaps,secrets', '-o', 'name'))
      .trim()
      .split('\n')
      .filter((name) => !name.includes('kube-root-ca'));

  it('refuses in a pipe without --yes, and shows with --dry-run what it would do', async () => {
    const { code, stderr } = await sync(...AS);
    expect([code, stderr]).toEqual([2, expect.stringContaining('Add --yes to apply without being asked')]);
    const plan = await sync(...AS, '--dry-run');
    expect(plan.code, plan.stderr).toBe(0);
    expect(plan.stdout).toMatch(/^\+ local-\S+\/ConfigMap\/settings \(pending/m);
    expect(plan.stdout + plan.stderr).not.toContain('canary-7d21');
    expect(await names()).toEqual([]);
  });

  it('applies on a terminal when somebody types yes, dependencies first, and nothing for another word', async () => {
    const command = [PLUMBLINE_BIN, 'sync', '--local', join(dir, 'tree'), '--config', configFile, ...AS];
    const no = await onTerminal(command, 'y');
    expect([no.code, no.output]).toEqual([1, expect.stringContaining('Nothing was applied.')]);
    expect(await names()).toEqual([]);
    const yes = await onTerminal(command, 'yes');
    expect(yes.code, yes.output).toBe(0);
    expect(yes.output).toContain('no audit log is written');
    expect(yes.output).toMatch(/infrastructure\/base {2}applied .*apps\/shop {2}applied/s);
    expect(await names()).toEqual(['configmap/base', 'configmap/settings', 'secret/token']);
    const notes = JSON.parse(
      await kubectl('get', 'configmap/settings', '-o', 'jsonpath={.metadata.annotations}'),
    );
    expect(notes).toMatchObject({
      'plumbline.dev/task': 'local',
      'plumbline.dev/approved-by': userInfo().username,
    });
    const again = await sync(...AS, '--yes');
    expect([again.code, again.stdout]).toEqual([
      0,
      expect.stringContaining('apps/shop  clean  Nothing differs.'),
    ]);
  });

  it('deletes only with --prune', async () => {
    await rm(join(dir, 'tree/apps/shop/token.yaml'));
    const kept = await sync('apps/shop', ...AS, '--yes');
    expect([kept.code, kept.stdout]).toEqual([1, expect.stringContaining('add --prune')]);
    expect(await names()).toContain('secret/token');
    const pruned = await sync('apps/shop', ...AS, '--yes', '--prune');
    expect(pruned.code, pruned.stderr).toBe(0);
    expect(await names()).toEqual(['configmap/base', 'configmap/settings']);
  });

  it('leaves alone what belongs to a stack of the server’s repository', async () => {
    await write({ 'apps/shop/settings.yaml': configMap('settings', 'blue') });
    const { code, stdout } = await sync('apps/shop', '--yes', '--format', 'json');
    expect([code, JSON.parse(stdout)]).toMatchObject([1, { stacks: [{ status: 'refused' }] }]);
    expect(stdout).toContain('It belongs to the stack apps/shop of homelab.');
    expect(await kubectl('get', 'configmap/settings', '-o', 'jsonpath={.data.color}')).toBe('red');
  });

  it('never gets around people: where the config asks them, it says what to do', async () => {
    await write({ 'guarded/db/settings.yaml': configMap('guarded', 'red') });
    for (const args of [['guarded/db', ...AS], ['guarded/db']]) {
      const { code, stdout } = await sync(...args, '--yes');
      expect(code).toBe(1);
      expect(stdout).toContain('The policy wants 2 people to agree');
      expect(stdout).toContain('plumbline sync homelab --stack guarded/db');
    }
    expect(await names()).not.toContain('configmap/guarded');
  });

  it('applies what was shown and nothing else', async () => {
    const sees = await planLocalSync({
      dir: join(dir, 'tree'),
      stack: 'apps/shop',
      repo: 'homelab',
      configFile,
      env: { ...process.env, ...env },
      prune: false,
      user: 'alice',
      onProgress: () => undefined,
    });
    await kubectl('patch', 'configmap/settings', '-p', '{"data":{"color":"green"}}');
    const outcomes = await sees.apply(new AbortController().signal, () => undefined);
    expect(outcomes).toMatchObject([
      { status: 'refused', code: 'digest_changed', changes: [{ action: 'update' }] },
    ]);
    expect(await kubectl('get', 'configmap/settings', '-o', 'jsonpath={.data.color}')).toBe('green');
  });
});

/** Runs a command on a terminal of its own, and types a word when it is asked for one. */
async function onTerminal(
  command: readonly string[],
  word: string,
): Promise<{ code: number | null; output: string }> {
  const line = command.map((part) => `'${part}'`).join(' ');
  const child = spawn(TERMINAL, ['--quiet', '--return', '--command', line, '/dev/null'], { stdio: 'pipe' });
  let output = '';
  let asked = false;
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (asked || !output.includes('Type yes: ')) return;
    asked = true;
    child.stdin.write(`${word}\n`);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, output };
}
