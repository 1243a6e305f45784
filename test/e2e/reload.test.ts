import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RepoJson } from '../../src/api/schemas/repo.ts';
import type { TaskJson } from '../../src/api/schemas/task.ts';
import { aSite, call, eventually, type Site } from '../support/plumbline.ts';
import { SHAPES, startShape, type RunningShape } from '../support/shapes.ts';
import { commitFiles, manyStacks } from '../support/stacks-repo.ts';
import { temporalBinary } from '../support/tools.ts';

const run = promisify(execFile);

describe.each(SHAPES)('a config that changes while it runs, with %s', (shape) => {
  let site: Site;
  let running: RunningShape;
  let temporal: (...args: string[]) => Promise<string>;

  const repo = (name: string, schedule?: string) => ({
    name,
    url: join(site.dir, 'repo'),
    ...(schedule === undefined ? {} : { schedule }),
  });

  beforeAll(async () => {
    site = await aSite({});
    await commitFiles(join(site.dir, 'repo'), manyStacks(1));
    await site.configure({ repos: [repo('infra', '0 */6 * * *'), repo('legacy', '@daily')] });
    running = await startShape(shape, site);
    const binary = await temporalBinary();
    const { temporalAddress } = running;
    temporal = async (...args) => (await run(binary, [...args, '--address', temporalAddress])).stdout;
  });

  afterAll(async () => {
    await running.stop();
    await site.remove();
  });

  async function schedules(): Promise<string[]> {
    const listed = JSON.parse(await temporal('schedule', 'list', '--output', 'json')) as {
      scheduleId: string;
    }[];
    return listed.map(({ scheduleId }) => scheduleId).sort((a, b) => a.localeCompare(b));
  }

  it('has schedules equal to the file, and a schedule starts a scan under the repo’s own workflow ID', async () => {
    await eventually('the schedules are listed', async () => (await schedules()).length === 3);
    expect(await schedules()).toEqual(['retention', 'schedule/infra', 'schedule/legacy']);

    await temporal('schedule', 'trigger', '--schedule-id', 'schedule/infra');
    const task = await eventually('the scan has ended', async () => {
      const { json } = await call<{ tasks: TaskJson[] }>(site, 'GET', '/api/tasks?repo=infra');
      return json.tasks.find(({ status }) => status !== 'running');
    });
    expect(task).toMatchObject({ status: 'completed', trigger: 'schedule', total: 1 });
    expect(await temporal('workflow', 'describe', '--workflow-id', 'repo/infra')).toContain('scanRepo');
  });

  it('follows the file on SIGHUP: schedules that were added, changed and removed', async () => {
    await site.configure({ repos: [repo('infra', '30 4 * * 1'), repo('fresh', '15 * * * *')] });
    process.kill(running.server.pid, 'SIGHUP');
    await eventually('the schedules follow', async () => {
      const listed = await schedules();
      return listed.includes('schedule/fresh') && !listed.includes('schedule/legacy');
    });
    const { json } = await call<{ repos: RepoJson[] }>(site, 'GET', '/api/repos');
    expect(json.repos.map(({ name, schedule }) => [name, schedule])).toEqual([
      ['infra', '30 4 * * 1'],
      ['fresh', '15 * * * *'],
    ]);
    const changed = await temporal(
      'schedule',
      'describe',
      '--schedule-id',
      'schedule/infra',
      '--output',
      'json',
    );
    expect(new Date(nextRunOf(changed)).toISOString()).toMatch(/T04:30:00/);
  });

  it('keeps the settings in force when the file is faulty, and tells every fault', async () => {
    await writeFile(site.configFile, 'repos: [{name: "a b", url: ""}]\nworker: {lock_ttl: 1s}\n');
    process.kill(running.server.pid, 'SIGHUP');
    await eventually('the faults are told', async () => running.log().includes('repos[0].name'));
    expect(running.log()).toContain('lock_ttl');
    const { json } = await call<{ repos: RepoJson[] }>(site, 'GET', '/api/repos');
    expect(json.repos.map(({ name }) => name)).toEqual(['infra', 'fresh']);
    expect(await schedules()).toContain('schedule/fresh');
  });
});

/** The first of the coming runs that `temporal schedule describe` names. */
function nextRunOf(described: string): string {
  const { info } = JSON.parse(described) as { info: { futureActionTimes: string[] } };
  return info.futureActionTimes[0] ?? '';
}
