import { readFile, rm, writeFile, mkdir } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DriftReport } from '../../src/domain/reports/report.ts';
import { aSite, runCli, type Site } from '../support/plumbline.ts';
import { providerMirror } from '../support/tools.ts';

const run = promisify(execFile);

describe('the command line, without a server', () => {
  let site: Site;

  beforeAll(async () => {
    site = await aSite({});
  });

  afterAll(async () => {
    await site.remove();
  });

  it('reports every fault of a config at once, with its line, and exits with 2', async () => {
    const faulty = join(site.dir, 'faulty.yaml');
    await writeFile(
      faulty,
      'data_dirr: ./data\nworker:\n  lock_ttl: 1m\nrepos:\n  - name: a b\n    url: https://git.example.com/x.git\n',
    );
    const { code, stdout, stderr } = await runCli(['config', 'validate', faulty]);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    for (const text of [
      'faulty.yaml:1:1',
      'data_dir',
      'faulty.yaml:3:',
      'lock_ttl',
      'faulty.yaml:5:',
      'repos[0].name',
    ]) {
      expect(stderr).toContain(text);
    }
  });

  it('exits with 2 for bad usage, and with 1 when no server answers', async () => {
    expect((await runCli(['scan', '--format', 'xml'])).code).toBe(2);
    expect((await runCli(['nonsense'])).code).toBe(2);
    const unreachable = await runCli(['status', '--server', 'http://127.0.0.1:9']);
    expect(unreachable.code).toBe(1);
    expect(unreachable.stderr).toContain('plumbline up');
  });

  it('lists the programs it uses as JSON on stdout alone', async () => {
    const { code, stdout } = await runCli(['toolchain', '--format', 'json']);
    expect(code).toBe(0);
    const { programs } = JSON.parse(stdout) as { programs: { name: string; version: string | null }[] };
    const names = programs.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['terraform', 'opentofu', 'terragrunt', 'temporal', 'git']));
  });

  it('scans a folder: 0 when in sync, 3 when an object was deleted, and the report as JSON', async () => {
    const { cliConfigPath } = await providerMirror();
    const dir = join(site.dir, 'folder', 'stack');
    const live = join(site.dir, 'live.txt');
    await mkdir(dir, { recursive: true });
    await writeFile(
      join(dir, 'main.tf'),
      `terraform {\n  required_providers {\n    local = { source = "hashicorp/local" }\n  }\n  backend "local" {\n    path = "${join(site.dir, 's.tfstate')}"\n  }\n}\n` +
        `resource "local_file" "live" {\n  filename = "${live}"\n  content  = "as applied"\n}\n`,
    );
    const env = { TF_CLI_CONFIG_FILE: cliConfigPath };
    const terraform = { cwd: dir, env: { ...process.env, ...env, TF_DATA_DIR: join(site.dir, 'tf') } };
    await run('terraform', ['init', '-input=false'], terraform);
    await run('terraform', ['apply', '-auto-approve', '-input=false'], terraform);
    const scan = ['scan', '--local', join(site.dir, 'folder'), '--exit-code'];

    const clean = await runCli(scan, { env });
    expect([clean.code, clean.stdout]).toEqual([0, expect.stringContaining('in_sync')]);

    await rm(live);
    const before = await readFile(join(site.dir, 's.tfstate'), 'utf8');
    const drifted = await runCli([...scan, '--format', 'json'], { env });
    expect(drifted.code).toBe(3);
    const report = JSON.parse(drifted.stdout) as DriftReport;
    expect(report).toMatchObject({
      drift_detected: true,
      total_changes: 1,
      affected_resources: ['local_file.live'],
    });
    expect(report.changes[0]).toMatchObject({ cause: 'drift', actions: ['create'] });
    expect(await readFile(join(site.dir, 's.tfstate'), 'utf8')).toBe(before);
  });
});
