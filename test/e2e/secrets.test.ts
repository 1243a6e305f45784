import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalJson } from '../../src/api/schemas/approval.ts';
import type { AttemptJson } from '../../src/api/schemas/attempt.ts';
import type { StackJson, StackPlanJson } from '../../src/api/schemas/repo.ts';
import type { JobJson, ScanAcceptedJson, TaskJson } from '../../src/api/schemas/task.ts';
import { aCanarySite, CANARY, type CanarySite } from '../support/canary-site.ts';
import { everyGetUrl } from '../support/every-route.ts';
import { everythingInTemporal } from '../support/histories.ts';
import { filesWith, linesWith } from '../support/leaks.ts';
import { eventually, runCli } from '../support/plumbline.ts';
import { SHAPES, startShape, type RunningShape } from '../support/shapes.ts';

const REPOS = ['infra', 'private', 'locked'];
const headers = { authorization: `Bearer ${CANARY.apiToken}` };

describe.each(SHAPES)('secrets, with %s', (shape) => {
  let canaries: CanarySite;
  let running: RunningShape;

  beforeAll(async () => {
    canaries = await aCanarySite();
    running = await startShape(shape, canaries.site, { env: canaries.env });
    for (const repo of REPOS) await ended((await post<ScanAcceptedJson>(`/api/repos/${repo}/scan`)).task.id);
    // What is applied, and what waits for people, leaves more traces than scans do.
    const body = { stacks: ['db', 'app'], trigger: 'canary' };
    await ended((await post<{ task: TaskJson }>('/api/repos/infra/sync', body)).task.id);
  });

  afterAll(async () => {
    await running?.stop();
    await canaries?.remove();
  });

  async function fetchText(path: string, init: RequestInit = {}) {
    const response = await fetch(`${canaries.site.url}${path}`, { ...init, headers });
    return { status: response.status, text: await response.text() };
  }

  async function get<T>(path: string): Promise<T> {
    return JSON.parse((await fetchText(path)).text) as T;
  }

  async function post<T>(path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${canaries.site.url}${path}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body ?? {}),
    });
    return (await response.json()) as T;
  }

  async function ended(id: string): Promise<TaskJson> {
    return await eventually(
      `${id} ends`,
      async () => {
        const task = await get<TaskJson>(`/api/tasks/${id}`);
        return task.ended_at === null ? undefined : task;
      },
      { log: running.log },
    );
  }

  async function cli(...args: string[]): Promise<string> {
    const env = { ...canaries.env, PLUMBLINE_TOKEN: CANARY.apiToken, LOG_LEVEL: 'debug' };
    const { stdout, stderr } = await runCli([...args, '--server', canaries.site.url], { env });
    return stdout + stderr;
  }

  /** Which secrets a text holds, and where. */
  function leaksOf(text: string, where: string): string[] {
    return Object.entries(CANARY).flatMap(([what, secret]) =>
      linesWith(text, secret).map((line) => `${what} in ${where}: ${line.slice(0, 1_000)}`),
    );
  }

  it('were used and seen by all that follows, so that their absence elsewhere is no accident', async () => {
    for (const [repo, server] of Object.entries(canaries.git))
      expect(
        server.requests.some((sent) => sent.headers['authorization'] !== undefined),
        repo,
      ).toBe(true);
    const { plan } = await get<StackPlanJson>('/api/stacks/private/db/plan');
    const attributes = plan?.changes.flatMap((change) => change.attributes) ?? [];
    expect(attributes.find(({ pointer }) => pointer === '/secret')).toMatchObject({ sensitive: true });
    const { stacks } = await get<{ stacks: StackJson[] }>('/api/repos/infra/stacks');
    const talkative = stacks.find(({ key }) => key === 'talkative');
    expect(talkative).toMatchObject({ status: 'errored' });
    expect(talkative?.error?.message).toContain('The password is too short: ***, for the token ***');
    const { tasks } = await get<{ tasks: TaskJson[] }>('/api/tasks?repo=locked');
    expect(tasks).toMatchObject([{ status: 'failed', error: { code: 'auth_failed' } }]);
    const { attempts } = await get<{ attempts: AttemptJson[] }>('/api/attempts?repo=infra');
    expect(attempts).toMatchObject([{ stack: 'db', status: 'applied' }]);
    const { approvals } = await get<{ approvals: ApprovalJson[] }>('/api/approvals?repo=infra');
    expect(approvals).toMatchObject([{ stack: 'app', status: 'waiting' }]);
  });

  it('stand in no answer to any request that the API describes', async () => {
    const { tasks } = await get<{ tasks: TaskJson[] }>('/api/tasks');
    const jobs: string[] = [];
    for (const { id } of tasks) {
      const found = await get<{ jobs: JobJson[] }>(`/api/tasks/${id}/jobs`);
      jobs.push(...found.jobs.map((job) => job.id));
    }
    expect(jobs.length).toBeGreaterThanOrEqual(6);
    const values: Record<string, string[]> = {
      repo: REPOS,
      stack: ['db', 'app', 'talkative'],
      name: ['databases', '_none'],
    };
    const urls = everyGetUrl(await get('/openapi.json'), (parameter, path) => {
      if (parameter === 'id') return path.startsWith('/api/jobs') ? jobs : tasks.map(({ id }) => id);
      return values[parameter] ?? [];
    });
    const answered = new Set<string>();
    const leaks: string[] = [];
    for (const { path, url } of urls) {
      const { status, text } = await fetchText(url);
      if (status === 200) answered.add(path);
      leaks.push(...leaksOf(text, url));
    }
    expect(leaks).toEqual([]);
    expect([...answered].toSorted()).toEqual([...new Set(urls.map(({ path }) => path))].toSorted());
    expect(answered.size).toBeGreaterThan(20);
  });

  it('stand on no page, in no metric, and in nothing that the command line prints', async () => {
    const leaks: string[] = [];
    for (const path of ['/', '/repos/infra', '/repos/infra/stacks/db', '/metrics', '/openapi.json', '/docs'])
      leaks.push(...leaksOf((await fetchText(path)).text, path));
    const commands = [['status'], ['tasks'], ['attempts'], ['approvals'], ['audit', 'export'], ['whoami']];
    for (const format of ['table', 'json', 'markdown', 'sarif'])
      commands.push(['scan', 'private', '--wait', '--format', format]);
    commands.push(['scan', 'locked', '--wait'], ['scan', 'infra', 'talkative', '--wait']);
    for (const args of commands) leaks.push(...leaksOf(await cli(...args), args.join(' ')));
    expect(leaks).toEqual([]);
  });

  it('stand in no log, and in no history or schedule of Temporal', async () => {
    const kept = await everythingInTemporal(running.temporalAddress);
    const ids = kept.map(({ id }) => id);
    const expected = ['repo/infra', 'repo/locked', 'repo/private/plan/db', 'repo/infra/apply/db'];
    expect(ids).toEqual(expect.arrayContaining([...expected, 'approval/infra/app', 'schedule/private']));
    expect(kept.flatMap(({ id, text }) => leaksOf(text, id))).toEqual([]);
    expect(leaksOf(running.log(), 'a log')).toEqual([]);
  });

  it('stand in no file and in no table that could be read', async () => {
    const file = join(canaries.site.dir, 'backup.tar.gz');
    const backup = ['store', 'backup', file, '--config', canaries.site.configFile];
    const { code, stderr } = await runCli(backup, { env: { ...canaries.env, ...running.env } });
    expect(code, stderr).toBe(0);
    const tables = gunzipSync(await readFile(file)).toString('latin1');
    expect(tables).toContain('tables/plans/');
    expect(leaksOf(tables, 'the store')).toEqual([]);
    for (const folder of canaries.folders)
      for (const [what, secret] of Object.entries(CANARY))
        expect(await filesWith(folder, secret), `${what} in a file`).toEqual([]);
  });
});
