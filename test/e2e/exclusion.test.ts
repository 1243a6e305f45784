import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScanAcceptedJson, TaskJson } from '../../src/api/schemas/task.ts';
import { aSite, call, eventually, runCli, type Site } from '../support/plumbline.ts';
import { SHAPES, startShape, type RunningShape } from '../support/shapes.ts';
import { commitFiles, manyStacks, NOTING_TERRAFORM } from '../support/stacks-repo.ts';
import { temporalBinary } from '../support/tools.ts';

const run = promisify(execFile);

describe.each(SHAPES)('one task per repo, with %s', (shape) => {
  let site: Site;
  let running: RunningShape;
  let temporal: string;
  let address: string;
  /** While this file is there, no plan ends. */
  const hold = () => join(site.dir, 'hold');

  beforeAll(async () => {
    temporal = await temporalBinary();
    site = await aSite({});
    await commitFiles(join(site.dir, 'repo'), manyStacks(6));
    await site.configure({
      repos: [{ name: 'infra', url: join(site.dir, 'repo') }],
      worker: { concurrency: 2 },
      toolchain: { terraform: { path: NOTING_TERRAFORM } },
      scan: { env: { PLAN_HOLD: hold() } },
    });
    running = await startShape(shape, site);
    address = running.temporalAddress;
  });

  afterAll(async () => {
    await running.stop();
    await site.remove();
  });

  /** Starts a scan that runs until it is waited for. */
  async function startScan(): Promise<TaskJson> {
    await writeFile(hold(), '');
    const { json } = await eventually('the repo is free', async () => {
      const answer = await call<ScanAcceptedJson>(site, 'POST', '/api/repos/infra/scan', {});
      return answer.status < 300 ? answer : undefined;
    });
    return await eventually('its stacks are known', async () => {
      const { json: task } = await call<TaskJson>(site, 'GET', `/api/tasks/${json.task.id}`);
      return task.total > 0 ? task : undefined;
    });
  }

  /** Lets plans end, and waits for the task. */
  async function ended(id: string): Promise<TaskJson> {
    await rm(hold(), { force: true });
    return await eventually(`${id} ends`, async () => {
      const { json } = await call<TaskJson>(site, 'GET', `/api/tasks/${id}`);
      return json.status === 'running' ? undefined : json;
    });
  }

  it('answers a second scan request with 409 and the live counts', async () => {
    const task = await startScan();
    expect(task).toMatchObject({ repo_name: 'infra', status: 'running', total: 6 });

    const second = await call<{ error: string; active_task: TaskJson }>(
      site,
      'POST',
      '/api/repos/infra/scan',
      {},
    );
    expect(second.status).toBe(409);
    expect(second.json.error).toBe('Repository scan already in progress');
    const counts = second.json.active_task;
    expect(counts.id).toBe(task.id);
    expect(counts.queued + counts.running + counts.completed + counts.failed).toBe(6);

    const single = await call<{ active_task: TaskJson }>(
      site,
      'POST',
      '/api/repos/infra/stacks/stacks/s01/scan',
      {},
    );
    expect(single.status).toBe(409);
    expect(single.json.active_task.id).toBe(task.id);

    const cli = await runCli(['scan', 'infra', '--server', site.url]);
    expect(cli.code).toBe(1);
    expect(cli.stderr).toContain('already in progress');
    expect(await ended(task.id)).toMatchObject({ status: 'completed', completed: 6, failed: 0 });
  });

  it('refuses a start by the temporal CLI while a scan runs, and takes one when the repo is free', async () => {
    const start = async (id: string, ...more: string[]): Promise<string> => {
      const args = [
        'workflow',
        'start',
        '--address',
        address,
        '--type',
        'scanRepo',
        '--task-queue',
        'plumbline',
      ];
      const input = JSON.stringify({ repo: 'infra', trigger: 'temporal-cli' });
      const { stdout } = await run(temporal, [...args, '--workflow-id', id, '--input', input, ...more]);
      return stdout;
    };
    const task = await startScan();
    await expect(start('repo/infra', '--fail-existing')).rejects.toThrow(/already/i);
    // Without the flag the CLI names the run that is there and starts nothing.
    await start('repo/infra');
    await ended(task.id);
    const { json: tasks } = await call<{ tasks: TaskJson[] }>(site, 'GET', '/api/tasks?repo=infra&limit=1');
    expect(tasks.tasks[0]?.id).toBe(task.id);

    await writeFile(hold(), '');
    await start('repo/infra');
    const own = await eventually('the task appears', async () => {
      const { json } = await call<{ tasks: TaskJson[] }>(site, 'GET', '/api/tasks?repo=infra&limit=1');
      return json.tasks.find((found) => found.trigger === 'temporal-cli');
    });
    expect((await call(site, 'POST', '/api/repos/infra/scan', {})).status).toBe(409);
    expect(await ended(own.id)).toMatchObject({ status: 'completed', total: 6 });
  });

  it('fails a scan that was started under another workflow ID at once, and says why', async () => {
    const id = 'some/other-id';
    const args = [
      '--address',
      address,
      '--type',
      'scanRepo',
      '--task-queue',
      'plumbline',
      '--workflow-id',
      id,
    ];
    const outcome = await run(temporal, [
      'workflow',
      'execute',
      ...args,
      '--input',
      '{"repo":"infra"}',
    ]).catch((error: { stdout: string; stderr: string }) => error);
    expect(`${outcome.stdout}${outcome.stderr}`).toContain('"repo/infra"');
  });

  it('skips a scheduled start while a scan runs', async () => {
    const task = await startScan();
    const args = ['--address', address, '--type', 'scheduledTrigger', '--task-queue', 'plumbline'];
    const { stdout } = await run(temporal, [
      'workflow',
      'execute',
      ...args,
      '--workflow-id',
      'schedule/infra-by-hand',
      '--input',
      '{"repo":"infra"}',
      '--output',
      'json',
    ]);
    expect(stdout).toContain('skipped');
    await ended(task.id);
    const { json } = await call<{ tasks: TaskJson[] }>(site, 'GET', '/api/tasks?repo=infra&limit=1');
    expect(json.tasks[0]?.id).toBe(task.id);
  });
});
