import { execFile } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StackJson } from '../../src/api/schemas/repo.ts';
import type { ScanAcceptedJson, TaskJson } from '../../src/api/schemas/task.ts';
import type { DriftReport } from '../../src/domain/reports/report.ts';
import { aSite, eventually, PLUMBLINE_BIN, runCli, type CliResult, type Site } from '../support/plumbline.ts';
import { SHAPES, startShape, type RunningShape } from '../support/shapes.ts';
import { commitFiles } from '../support/stacks-repo.ts';
import { providerMirror } from '../support/tools.ts';

const run = promisify(execFile);
const SCHEMA = fileURLToPath(new URL('../../config.schema.json', import.meta.url));
const COLUMNS = ['REPO', 'STACK', 'STATUS', 'DRIFT', 'PENDING', 'SEVERITY', 'LAST-SCAN', 'COMMIT', 'MESSAGE'];

describe.each(SHAPES)('the command line, with %s', (shape) => {
  let site: Site;
  let running: RunningShape;
  let commit: string;

  beforeAll(async () => {
    site = await aSite({});
    const { cliConfigPath } = await providerMirror();
    const files = Object.fromEntries(['clean', 'drifted'].map((name) => [`${name}/main.tf`, aStack(name)]));
    commit = await commitFiles(join(site.dir, 'infra'), files);
    await commitFiles(join(site.dir, 'broken'), { 'only/main.tf': 'resource "terraform_data" {}\n' });
    for (const name of ['clean', 'drifted']) await apply(name, cliConfigPath);
    await rm(join(site.dir, 'live', 'drifted'));
    await site.configure({
      repos: ['infra', 'broken'].map((name) => ({ name, url: join(site.dir, name) })),
      scan: { env: { TF_CLI_CONFIG_FILE: cliConfigPath } },
    });
    running = await startShape(shape, site);
  });

  afterAll(async () => {
    await running?.stop();
    await site?.remove();
  });

  /** A stack of one live file. */
  function aStack(name: string): string {
    return `
      terraform {
        required_providers {
          local = { source = "hashicorp/local" }
        }
        backend "local" {
          path = "${join(site.dir, 'state', `${name}.tfstate`)}"
        }
      }
      resource "local_file" "live" {
        filename = "${join(site.dir, 'live', name)}"
        content  = "as applied"
      }`;
  }

  async function apply(name: string, cliConfigPath: string): Promise<void> {
    await mkdir(join(site.dir, 'state'), { recursive: true });
    const env = {
      ...process.env,
      TF_CLI_CONFIG_FILE: cliConfigPath,
      TF_DATA_DIR: join(site.dir, 'tf', name),
    };
    const cwd = join(site.dir, 'infra', name);
    await run('terraform', ['init', '-input=false'], { cwd, env });
    await run('terraform', ['apply', '-auto-approve', '-input=false'], { cwd, env });
  }

  async function cli(...args: string[]): Promise<CliResult> {
    return await runCli([...args, '--server', site.url]);
  }

  /** What a command prints on stdout when that is JSON and nothing else. */
  async function json<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await cli(...args, '--format', 'json');
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as T;
  }

  it('scans all repositories: one report, exit code 1 because one of them failed', async () => {
    const { code, stdout, stderr } = await cli('scan', '--wait', '--format', 'json');
    expect(code, stderr).toBe(1);
    const { reports } = JSON.parse(stdout) as { reports: DriftReport[] };
    expect(reports.map(({ repo, drift_detected }) => [repo, drift_detected])).toEqual([
      ['infra', true],
      ['broken', false],
    ]);
    expect(stderr).toMatch(/broken:\d+ failed: /);
  });

  it('exits with 3 for drift when asked to tell, with 0 otherwise, and with 1 when the scan failed', async () => {
    expect((await cli('scan', 'infra', '--exit-code')).code).toBe(3);
    expect((await cli('scan', 'infra', 'clean', '--exit-code')).code).toBe(0);
    expect((await cli('scan', 'infra', '--wait')).code).toBe(0);
    expect((await cli('scan', 'broken', '--exit-code')).code).toBe(1);
    expect((await cli('status', '--exit-code')).code).toBe(3);
    expect((await cli('status', 'broken', '--exit-code')).code).toBe(0);
    expect((await cli('scan', 'infra', 'no-such-stack', '--wait')).code).toBe(1);
    expect((await cli('scan', 'no-such-repo')).code).toBe(1);
  });

  it('prints what a scan found as a table, JSON, Markdown or SARIF, and that alone on stdout', async () => {
    const scan = ['scan', 'infra', 'drifted', '--wait', '--format'];
    const [table, markdown, sarif] = [
      await cli(...scan, 'table'),
      await cli(...scan, 'markdown'),
      await cli(...scan, 'sarif'),
    ];
    const [head, row, ...rest] = table.stdout.trimEnd().split('\n');
    expect(head?.split(/\s{2,}/)).toEqual(COLUMNS);
    expect(row).toMatch(/^infra {2,}drifted {2,}drifted {2,}1 {2,}0 /);
    expect(rest).toEqual([]);
    expect(markdown.stdout).toMatch(/^## Drift report: infra$/m);
    expect(markdown.stdout).toContain('local_file.live');
    expect(JSON.parse(sarif.stdout)).toMatchObject({ version: '2.1.0', runs: [{ results: [{}] }] });
    const report = await json<DriftReport>('scan', 'infra', 'drifted', '--wait');
    expect(report).toMatchObject({
      drift_detected: true,
      total_changes: 1,
      affected_resources: ['local_file.live'],
    });
  });

  it('shows the status of every stack, with what is wrong with a broken one', async () => {
    const { stdout, code } = await cli('status');
    expect(code).toBe(0);
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head?.split(/\s{2,}/)).toEqual(COLUMNS);
    const cells = Object.fromEntries(rows.map((row) => [row.split(/\s{2,}/)[1], row.split(/\s{2,}/)]));
    expect(cells['clean']).toEqual(
      expect.arrayContaining(['infra', 'in_sync', '0', commit.slice(0, 12), '-']),
    );
    expect(cells['drifted']).toEqual(expect.arrayContaining(['infra', 'drifted', '1', commit.slice(0, 12)]));
    expect(cells['only']?.slice(0, 3)).toEqual(['broken', 'only', 'errored']);
    expect(cells['only']?.at(-1)).not.toBe('-');
    const { stacks } = await json<{ stacks: StackJson[] }>('status', 'infra');
    expect(stacks.map(({ key, drift }) => [key, drift])).toEqual([
      ['clean', 0],
      ['drifted', 1],
    ]);
  });

  it('lists tasks, newest first, with their counts and why they failed', async () => {
    const { tasks } = await json<{ tasks: TaskJson[] }>('tasks', '--repo', 'broken', '--limit', '1');
    expect(tasks).toMatchObject([{ repo_name: 'broken', status: 'failed', failed: 1, trigger: 'cli' }]);
    const { stdout } = await cli('tasks');
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(
      /^TASK +KIND +STATUS +TOTAL +DONE +FAILED +DRIFTED +PENDING +TRIGGER +STARTED +MESSAGE$/,
    );
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.find((row) => row.startsWith(tasks[0]!.id))).toMatch(/ failed +1 +0 +1 /);
    expect((await cli('tasks', '--limit', '0')).code).toBe(2);
  });

  it('starts a scan without waiting for it, and names what it started', async () => {
    const started = await json<ScanAcceptedJson[]>('scan', 'infra', 'clean');
    expect(started).toMatchObject([{ message: 'Job enqueued', task: { repo_name: 'infra' } }]);
    await eventually('it ends', async () => {
      const { tasks } = await json<{ tasks: TaskJson[] }>('tasks', '--repo', 'infra', '--limit', '1');
      return tasks[0]?.id === started[0]?.task.id && tasks[0]?.ended_at !== null;
    });
    const nothing = await cli('cancel', 'infra');
    expect([nothing.code, nothing.stdout]).toEqual([1, '']);
    expect(nothing.stderr).toContain('There is nothing to cancel: no task of infra runs or waits');
  });

  it('draws a progress bar on a terminal, and prints plain lines into a pipe', async () => {
    const piped = await cli('scan', 'infra', 'clean', '--wait');
    expect(piped.stderr).toMatch(/^infra:\d+: 1\/1 stacks$/m);
    expect(piped.stderr).toBe(stripVTControlCharacters(piped.stderr));

    const command = `'${PLUMBLINE_BIN}' scan infra clean --wait --server ${site.url}`;
    const terminal = run('script', ['--quiet', '--return', '--command', command, '/dev/null']);
    terminal.child.stdin?.end();
    const { stdout } = await terminal;
    // Each state replaces the one before: back to the start of the line, and clear it.
    expect(stdout).toContain('\r\u001B[2Kinfra [████████████████████████] 1/1 stacks');
    const [, after] = stdout.split('1/1 stacks\r\u001B[2K');
    expect(after).toContain('in_sync');
    expect(after).not.toContain('█');
  });

  it('prints the schema of the config, as it is published', async () => {
    const { code, stdout } = await runCli(['config', 'schema']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(await readFile(SCHEMA, 'utf8')));
  });

  it('backs up the store while it runs, and restores it into an empty one only', async () => {
    const file = join(site.dir, 'backup.tar.gz');
    const store = async (verb: string, config: string) =>
      await runCli(['store', verb, file, '--config', config], { env: running.env });
    const backup = await store('backup', site.configFile);
    expect([backup.code, backup.stdout]).toEqual([0, '']);
    expect(backup.stderr).toContain('keep their key elsewhere');
    expect((await store('backup', site.configFile)).code).toBe(1);
    expect((await store('restore', site.configFile)).code).toBe(1);

    const other = await aSite({});
    try {
      expect((await store('restore', other.configFile)).code).toBe(0);
      const copy = join(site.dir, 'copy.tar.gz');
      expect((await runCli(['store', 'backup', copy, '--config', other.configFile])).stderr).toMatch(
        /\d{2,} rows of \d+ tables/,
      );
    } finally {
      await other.remove();
    }
  });
});
