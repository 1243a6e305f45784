import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HealthJson, StackJson } from '../../src/api/schemas/repo.ts';
import type { ScanAcceptedJson, TaskJson } from '../../src/api/schemas/task.ts';
import { aSite, call, eventually, ready, type Site } from '../support/plumbline.ts';
import { aProcessSet } from '../support/process-set.ts';
import { commitFiles } from '../support/stacks-repo.ts';

const DEV = 'resource "terraform_data" "this" {\n  input = "dev"\n}\n';
const PRODUCTION = `variable "token" {
  sensitive = true
}
resource "terraform_data" "this" {
  input = nonsensitive(length(var.token))
}
`;

describe('a worker of an environment’s own queue', () => {
  const processes = aProcessSet();
  let site: Site;

  beforeAll(async () => {
    site = await aSite({});
    const files = { 'envs/dev/main.tf': DEV, 'envs/prod/main.tf': PRODUCTION };
    await commitFiles(join(site.dir, 'repo'), files);
    await site.configure({
      repos: [{ name: 'infra', url: join(site.dir, 'repo') }],
      environments: [{ name: 'production', policy: { queue: 'stacks-production' } }],
    });
    const config = ['--config', site.configFile];
    await ready(site, processes.start(['serve', ...config]));
    processes.start(['worker', ...config]);
    const env = { TF_VAR_token: 'only-here' };
    processes.start(['worker', ...config, '--queues', 'stacks-production'], { env });
  });

  afterAll(async () => {
    await processes.stop();
    await site?.remove();
  });

  it('alone has the credentials that its stacks are planned with', async () => {
    const { log } = processes;
    const health = await eventually(
      'both workers poll',
      async () => {
        const { json } = await call<HealthJson>(site, 'GET', '/api/health');
        return json.workers.every(({ pollers }) => pollers > 0) ? json : undefined;
      },
      { log },
    );
    expect(health.workers).toEqual(
      expect.arrayContaining([
        { queue: 'stacks', pollers: 1 },
        { queue: 'stacks-production', pollers: 1 },
      ]),
    );
    const { json } = await call<ScanAcceptedJson>(site, 'POST', '/api/repos/infra/scan', {});
    const task = await eventually(
      'the scan ends',
      async () => {
        const { json: found } = await call<TaskJson>(site, 'GET', `/api/tasks/${json.task.id}`);
        return found.status === 'running' ? undefined : found;
      },
      { log },
    );
    expect(task).toMatchObject({ status: 'completed', total: 2, failed: 0 });
    const { stacks } = (await call<{ stacks: StackJson[] }>(site, 'GET', '/api/repos/infra/stacks')).json;
    expect(stacks.map(({ key, status }) => [key, status])).toEqual([
      ['envs/dev', 'pending'],
      ['envs/prod', 'pending'],
    ]);
  });
});
