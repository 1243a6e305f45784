import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttemptsJson, BackupsJson } from '../../src/api/schemas/attempt.ts';
import type { StackJson } from '../../src/api/schemas/repo.ts';
import type { TaskJson } from '../../src/api/schemas/task.ts';
import type { EndedSync } from '../../src/cli/follow-syncs.ts';
import { commitFiles } from '../support/stacks-repo.ts';
import {
  aSite,
  eventually,
  ready,
  runCli,
  startProcess,
  type PlumblineProcess,
  type Site,
} from '../support/plumbline.ts';

/** Who works here: one starts tasks, another decides. */
const ROLES = { alice: 'operator', bob: 'approver' } as const;
type Name = keyof typeof ROLES;

/** With real Terraform, real workers and two people, over the command line. */
describe('returning a stack to a saved state', () => {
  let site: Site;
  let up: PlumblineProcess;
  beforeAll(async () => {
    site = await aSite({});
    await push('one');
    await site.configure({
      repos: [{ name: 'infra', url: join(site.dir, 'repo') }],
      environments: [{ name: 'production', paths: ['envs/prod/**'], policy: { approvals: { required: 1 } } }],
      auth: {
        tokens: Object.entries(ROLES).map(([name, role]) => ({
          name: `${name}@example.com`,
          role,
          hash: `sha256:${createHash('sha256').update(`token-of-${name}`).digest('hex')}`,
        })),
      },
    });
    up = startProcess(['up', '--config', site.configFile]);
    await ready(site, up);
  });
  afterAll(async () => {
    await up?.stop();
    await site.remove();
  });

  const push = (input: string) =>
    commitFiles(join(site.dir, 'repo'), {
      'envs/prod/main.tf': `terraform {\n  backend "local" {\n    path = "${site.dir}/live.tfstate"\n  }\n}\nresource "terraform_data" "this" {\n  input = "${input}"\n}\n`,
    });
  const live = async () =>
    JSON.parse(await readFile(join(site.dir, 'live.tfstate'), 'utf8')) as {
      serial: number;
      lineage: string;
      resources: object[];
    };
  const as = (name: Name, ...args: string[]) =>
    runCli(args, { env: { PLUMBLINE_URL: site.url, PLUMBLINE_TOKEN: `token-of-${name}` } });
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters
  const read = async <T>(path: string): Promise<T> => {
    const headers = { authorization: 'Bearer token-of-alice' };
    return (await (await fetch(`${site.url}${path}`, { headers })).json()) as T;
  };
  const backups = async () =>
    (
      JSON.parse(
        (await as('alice', 'backups', 'infra', 'envs/prod', '--format', 'json')).stdout,
      ) as BackupsJson
    ).backups;
  const attempts = async () => (await read<AttemptsJson>('/api/attempts')).attempts;
  const stack = async () => (await read<{ stacks: StackJson[] }>('/api/repos/infra/stacks')).stacks[0]!;
  /** The sync that looks at what was restored follows by itself. */
  const stackIs = (status: StackJson['status']) =>
    eventually(`the stack is ${status}`, async () => (await stack()).status === status, { log: up.log });
  /** Starts a task as Alice, which has to wait; gives it as it is then. */
  const started = async (...args: string[]): Promise<EndedSync> => {
    const { code, stdout, stderr } = await as('alice', ...args, '--wait', '--format', 'json');
    expect(code, stderr).toBe(4);
    return (JSON.parse(stdout) as { syncs: EndedSync[] }).syncs[0]!;
  };
  /** Lets Bob agree, and waits until what follows from it has ended. */
  const approved = async () => {
    const before = (await attempts()).length;
    const said = await as('bob', 'approve', 'infra', 'envs/prod');
    expect(said.code, said.stderr).toBe(0);
    return await eventually(
      'it is done',
      async () => {
        const [newest, ...older] = await attempts();
        const { tasks } = await read<{ tasks: TaskJson[] }>('/api/tasks?repo=infra');
        const busy = tasks.some(({ status }) => status === 'running' || status === 'queued');
        return older.length === before && newest?.ended_at !== null && !busy && newest;
      },
      { log: up.log },
    );
  };

  it('takes approvals, saves the present state first, and makes the saved one its successor', async () => {
    await started('sync', 'infra');
    await approved();
    const first = await live();
    await push('two');
    await started('sync', 'infra');
    await approved();
    const second = await live();
    expect(second.resources).not.toEqual(first.resources);
    const [saved] = await backups();
    expect(saved).toMatchObject({ serial: first.serial, lineage: first.lineage });

    const asked = await started(
      'rollback',
      'infra',
      'envs/prod',
      '--to-state',
      saved!.id,
      '--reason',
      'a bad apply',
    );
    expect(asked.task).toMatchObject({ kind: 'rollback', status: 'awaiting_approval' });
    expect(await live()).toEqual(second);
    const made = await approved();
    expect(made).toMatchObject({ kind: 'rollback', status: 'applied', rule: 'approval', error: null });
    const restored = await live();
    expect(restored).toMatchObject({ lineage: first.lineage, resources: first.resources });
    expect(restored.serial).toBeGreaterThan(second.serial);
    expect(made.summary).toContain(`The state was returned to ${saved!.id}, but it differs: review needed.`);
    expect(made.summary).toContain(`Its serial is ${restored.serial}.`);

    const [emergency] = await backups();
    expect(emergency).toMatchObject({
      attempt_id: made.id,
      serial: second.serial,
      lineage: second.lineage,
    });
    await stackIs('pending');
  });

  it('can itself be undone, since what it saved is the state of before', async () => {
    const [emergency] = await backups();
    const restored = await live();
    await started('rollback', 'infra', 'envs/prod', '--to-state', emergency!.id);
    const made = await approved();
    expect(made.summary).toContain(`The state was returned to ${emergency!.id}: no drift.`);
    const again = await live();
    expect(again.serial).toBeGreaterThan(restored.serial);
    expect(again.lineage).toBe(restored.lineage);
    expect(JSON.stringify(again.resources)).toContain('"two"');
    await stackIs('in_sync');
  });

  it('leaves the stack pinned, so that nothing is applied before somebody has looked', async () => {
    await push('three');
    const { stdout } = await as('alice', 'sync', 'infra', '--wait', '--format', 'json');
    const { syncs } = JSON.parse(stdout) as { syncs: EndedSync[] };
    expect(syncs[0]!.verdicts).toMatchObject([{ result: 'blocked' }]);
    expect(syncs[0]!.verdicts[0]!.reasons.map(({ code }) => code)).toContain('pinned');
  });
});
