import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StackPlanJson } from '../../src/api/schemas/repo.ts';
import type { ScanAcceptedJson, TaskJson } from '../../src/api/schemas/task.ts';
import { startGitHttpServer, type GitHttpServer } from '../support/git-http.ts';
import {
  aSite,
  eventually,
  ready,
  runCli,
  startProcess,
  type PlumblineProcess,
  type Site,
} from '../support/plumbline.ts';
import { commitFiles } from '../support/stacks-repo.ts';
import { providerMirror, temporalBinary } from '../support/tools.ts';

const run = promisify(execFile);

/** Each secret is different, so that a leak says which one it was. */
const CANARY = {
  state: 'canary-state-4f1d7a09c2',
  variable: 'canary-variable-a8e35b61d0',
  gitUrl: 'canary-giturl-93b0c7e4f8',
  apiToken: 'canary-apitoken-5d27e9f163',
};

const STACK = `
terraform {
  required_providers {
    jsonfile = { source = "plumbline.dev/test/jsonfile" }
  }
  backend "local" {
    path = "__STATE__"
  }
}
variable "password" {
  type      = string
  sensitive = true
}
resource "jsonfile_object" "database" {
  path     = "__LIVE__"
  content  = { owner = "team" }
  secret   = var.password
}
`;

describe('secrets', () => {
  let site: Site;
  let git: GitHttpServer;
  let up: PlumblineProcess;
  let answers = '';
  const headers = { authorization: `Bearer ${CANARY.apiToken}` };

  beforeAll(async () => {
    site = await aSite({});
    const work = join(site.dir, 'work');
    const live = join(site.dir, 'live', 'database.json');
    const { cliConfigPath } = await providerMirror();
    await mkdir(join(site.dir, 'live'));
    await mkdir(join(site.dir, 'state'));
    const stack = STACK.replace('__STATE__', join(site.dir, 'state', 'db.tfstate')).replace('__LIVE__', live);
    await commitFiles(work, { 'db/main.tf': stack });
    await applyOnce(join(work, 'db'), cliConfigPath);
    await writeFile(live, JSON.stringify({ ...JSON.parse(await readFile(live, 'utf8')), owner: 'somebody' }));

    git = await startGitHttpServer({ root: site.dir, user: 'x-access-token', password: CANARY.gitUrl });
    await site.configure({
      repos: [{ name: 'infra', url: git.url('work', { credentials: true }) }],
      auth: {
        tokens: [
          { name: 'tests', hash: `sha256:${createHash('sha256').update(CANARY.apiToken).digest('hex')}` },
        ],
      },
      scan: { env: { TF_VAR_password: { from_env: 'DB_PASSWORD' }, TF_CLI_CONFIG_FILE: cliConfigPath } },
    });
    up = startProcess(['up', '--config', site.configFile], {
      env: { DB_PASSWORD: CANARY.variable, LOG_LEVEL: 'debug' },
    });
    await ready(site, up);
  });

  afterAll(async () => {
    await up.stop();
    await git.close();
    await site.remove();
  });

  async function applyOnce(dir: string, cliConfigPath: string): Promise<void> {
    const env = {
      ...process.env,
      TF_CLI_CONFIG_FILE: cliConfigPath,
      TF_VAR_password: CANARY.state,
      TF_DATA_DIR: join(site.dir, 'tf'),
    };
    await run('terraform', ['init', '-input=false'], { cwd: dir, env });
    await run('terraform', ['apply', '-auto-approve', '-input=false'], { cwd: dir, env });
  }

  async function get<T>(path: string): Promise<T> {
    const text = await (await fetch(`${site.url}${path}`, { headers })).text();
    answers += `${path}\n${text}\n`;
    return JSON.parse(text) as T;
  }

  it('of state, variables, Git URL and tokens stand in no answer, page, log, workflow history or readable file', async () => {
    const started = await fetch(`${site.url}/api/repos/infra/scan`, { method: 'POST', headers });
    const { task } = (await started.json()) as ScanAcceptedJson;
    await eventually(
      'the scan ends',
      async () => (await get<TaskJson>(`/api/tasks/${task.id}`)).status !== 'running',
    );
    const found = await get<StackPlanJson>('/api/stacks/infra/db/plan');
    // The scan has seen the secret change, so its absence elsewhere is no accident.
    const attributes = found.plan?.changes.flatMap((change) => change.attributes) ?? [];
    expect(attributes.find((attribute) => attribute.pointer === '/secret')).toMatchObject({
      sensitive: true,
    });
    expect(git.requests.some(({ headers: sent }) => sent['authorization'] !== undefined)).toBe(true);

    for (const path of [
      '/api/repos',
      '/api/repos/infra',
      '/api/repos/infra/stacks',
      '/api/repos/infra/jobs',
      '/api/health',
    ]) {
      await get(path);
    }
    for (const format of ['json', 'markdown', 'sarif']) {
      answers += await (
        await fetch(`${site.url}/api/tasks/${task.id}/report?format=${format}`, { headers })
      ).text();
    }
    for (const path of [
      '/',
      '/repos/infra',
      '/repos/infra/stacks/db',
      '/metrics',
      '/openapi.json',
      `/api/tasks/${task.id}/events`,
    ]) {
      answers += await (await fetch(`${site.url}${path}`, { headers })).text();
    }
    answers += (await runCli(['status', '--server', site.url], { env: { PLUMBLINE_TOKEN: CANARY.apiToken } }))
      .stdout;
    answers += await histories();

    for (const [what, canary] of Object.entries(CANARY)) {
      expect(leaks(answers, canary), `${what} in an answer, page or history`).toEqual([]);
      expect(leaks(up.log(), canary), `${what} in the log`).toEqual([]);
      expect(await filesWith(site.dataDir, canary), `${what} in a file`).toEqual([]);
    }
  });

  async function histories(): Promise<string> {
    const { address } = JSON.parse(await readFile(join(site.dataDir, 'temporal.json'), 'utf8')) as {
      address: string;
    };
    const binary = await temporalBinary();
    const show = async (id: string): Promise<string> =>
      (
        await run(
          binary,
          ['workflow', 'show', '--address', address, '--workflow-id', id, '--output', 'json'],
          { maxBuffer: 1e8 },
        )
      ).stdout;
    const text = (await show('repo/infra')) + (await show('repo/infra/plan/db'));
    expect(text).toContain('planStack');
    // Payloads are base64 in the history: read what they say.
    const payloads = [...text.matchAll(/"data":\s*"([A-Za-z0-9+/=]+)"/g)].map((match) =>
      Buffer.from(match[1]!, 'base64').toString(),
    );
    return text + payloads.join('\n');
  }
});

/** Lines that hold the secret, plain or in base64. */
function leaks(text: string, secret: string): string[] {
  return text.split('\n').filter((line) => forms(secret).some((form) => line.includes(form)));
}

function forms(secret: string): string[] {
  // Base64 of a text depends on what stands before it: the three alignments, without their unsure ends.
  const aligned = ['', 'a', 'aa'].map((before) =>
    Buffer.from(before + secret)
      .toString('base64')
      .slice(4, -4),
  );
  return [secret, ...aligned];
}

async function filesWith(dir: string, secret: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const content = await readFile(path, 'latin1').catch(() => '');
    if (forms(secret).some((form) => content.includes(form))) found.push(path);
  }
  return found;
}
