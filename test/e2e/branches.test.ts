import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttemptsJson } from '../../src/api/schemas/attempt.ts';
import type { RepoDetailJson, RepoJson, StackJson } from '../../src/api/schemas/repo.ts';
import {
  aSite,
  eventually,
  ready,
  runCli,
  startProcess,
  type CliResult,
  type PlumblineProcess,
  type Site,
} from '../support/plumbline.ts';
import { commitFiles } from '../support/stacks-repo.ts';

const BRANCHES = { dev: 'main', staging: 'next', prod: 'release/1' } as const;
const NEXT = 'infra@next';
const RELEASE = 'infra@release~2f1';

/** What is tested goes on from test to test: one repository, three branches, an environment on each. */
describe('environments on the branches of one repository', () => {
  let site: Site;
  let up: PlumblineProcess;
  const heads: Record<string, string> = {};

  beforeAll(async () => {
    site = await aSite({});
    const repo = join(site.dir, 'infra');
    for (const branch of Object.values(BRANCHES)) {
      if (branch !== 'main')
        await promisify(execFile)('git', ['checkout', '-q', '-b', branch], { cwd: repo });
      heads[branch] = await commitFiles(repo, stacksOf(branch), `On ${branch}`);
    }
    await promisify(execFile)('git', ['checkout', '-q', 'main'], { cwd: repo });
    await site.configure({
      repos: [{ name: 'infra', url: repo, branch: 'main' }],
      environments: environments(),
      auth: {
        tokens: ['alice', 'bob'].map((name) => ({
          name: `${name}@example.com`,
          hash: `sha256:${createHash('sha256').update(`${name}-token`).digest('hex')}`,
          grants: [{ role: 'approver', repos: ['infra'] }],
        })),
      },
    });
    up = startProcess(['up', '--config', site.configFile]);
    await ready(site, up);
  });

  afterAll(async () => {
    await up?.stop();
    await site?.remove();
  });

  /** In no order: that of syncing is known by their names. */
  function environments() {
    const policy = (required: number) => ({ approvals: { required } });
    return [
      { name: 'production', repo: 'infra', ref: BRANCHES.prod, paths: ['envs/prod'], policy: policy(0) },
      { name: 'staging', repo: 'infra', ref: BRANCHES.staging, paths: ['envs/staging'], policy: policy(1) },
      { name: 'development', repo: 'infra', paths: ['envs/dev'], policy: policy(0) },
    ];
  }

  function stacksOf(branch: string): Record<string, string> {
    const stack = (name: string) => {
      const state = JSON.stringify(join(site.dir, `${name}.tfstate`));
      return `terraform {\n  backend "local" { path = ${state} }\n}\nresource "terraform_data" "this" {\n  input = "${branch}"\n}\n`;
    };
    return Object.fromEntries(Object.keys(BRANCHES).map((name) => [`envs/${name}/main.tf`, stack(name)]));
  }

  const as = async (who: 'alice' | 'bob', ...args: string[]): Promise<CliResult> =>
    await runCli([...args, '--server', site.url], { env: { PLUMBLINE_TOKEN: `${who}-token` } });

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what the answer is
  async function get<T>(path: string): Promise<{ status: number; json: T }> {
    const headers = { authorization: 'Bearer alice-token' };
    const answer = await fetch(`${site.url}${path}`, { headers });
    return { status: answer.status, json: (await answer.json()) as T };
  }

  /** What was applied of a stack last. */
  async function inState(name: string): Promise<unknown> {
    const state = JSON.parse(await readFile(join(site.dir, `${name}.tfstate`), 'utf8')) as {
      resources: { instances: { attributes: { output: { value: unknown } } }[] }[];
    };
    return state.resources[0]?.instances[0]?.attributes.output.value;
  }

  it('are repos with names of their own, in the check of the config, the API and the command line', async () => {
    const { code, stdout } = await runCli(['config', 'validate', site.configFile]);
    expect([code, stdout]).toEqual([
      0,
      `${site.configFile} is valid: 1 repository, and for branches of environments ${RELEASE}, ${NEXT}.\n`,
    ]);
    const { repos } = (await get<{ repos: RepoJson[] }>('/api/repos')).json;
    expect(repos.map(({ name }) => name)).toEqual(['infra', RELEASE, NEXT]);
    for (const [repo, stack] of [
      ['infra', 'envs/dev'],
      [NEXT, 'envs/staging'],
      [RELEASE, 'envs/prod'],
    ] as const) {
      expect((await as('alice', 'scan', repo, '--wait')).code).toBe(0);
      const { stdout: table } = await as('alice', 'status', repo);
      expect(table.match(/envs\/\w+/g)).toEqual([stack]);
      const { status, json } = await get<RepoDetailJson>(`/api/repos/${encodeURIComponent(repo)}`);
      expect([status, json.name, json.total]).toEqual([200, repo, 1]);
    }
  });

  it('are synced in their order, and none overtakes one on which people decide', async () => {
    const { code, stdout, stderr } = await as('alice', 'sync', '--environments', 'prod,stg,dev');
    expect(code, stderr).toBe(4);
    expect(stdout).toMatch(/infra +envs\/dev +applied/);
    expect(stdout).toMatch(/infra@next +envs\/staging +waits for people/);
    expect(stdout).not.toContain('envs/prod');
    expect(stderr).toContain(`${RELEASE} (production) was not started: ${NEXT}, which comes before it`);
    expect(await inState('dev')).toBe('main');
  });

  it('are each approved and applied from their branch, at its commit', async () => {
    expect((await as('bob', 'approve', NEXT, 'envs/staging')).code).toBe(0);
    await eventually('staging is applied', async () => (await inState('staging')) === 'next', {
      log: up.log,
    });
    await eventually('staging is in sync', async () => {
      const { stacks } = (await get<{ stacks: StackJson[] }>(`/api/repos/${NEXT}/stacks`)).json;
      return stacks[0]?.status === 'in_sync';
    });
    const { code, stdout, stderr } = await as(
      'alice',
      'sync',
      '--environments',
      'prod,stg,dev',
      '--parallel',
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/infra@release~2f1 +envs\/prod +applied/);
    expect(await inState('prod')).toBe('release/1');
    const { attempts } = (await get<AttemptsJson>('/api/attempts')).json;
    const applied = attempts.map(({ repo, stack, commit }) => [repo, stack, commit].join(' '));
    expect(new Set(applied)).toEqual(
      new Set([
        `infra envs/dev ${heads['main']}`,
        `${NEXT} envs/staging ${heads['next']}`,
        `${RELEASE} envs/prod ${heads['release/1']}`,
      ]),
    );
    expect(applied).toHaveLength(3);
  });

  it('are one task each when an environment is named alone', async () => {
    const { code, stdout } = await as('alice', 'sync', 'production', '--wait');
    expect(code).toBe(0);
    expect(stdout).toMatch(/infra@release~2f1 +envs\/prod +nothing to do/);
  });

  it('are gone when the config no longer asks for them', async () => {
    await site.configure({ environments: environments().filter(({ name }) => name !== 'production') });
    process.kill(up.pid, 'SIGHUP');
    await eventually(
      'the branch of production is gone',
      async () => (await get(`/api/repos/${encodeURIComponent(RELEASE)}`)).status === 404,
    );
    const { repos } = (await get<{ repos: RepoJson[] }>('/api/repos')).json;
    expect(repos.map(({ name }) => name)).toEqual(['infra', NEXT]);
    expect((await as('alice', 'status', RELEASE)).code).toBe(1);
  });
});
