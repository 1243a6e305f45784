import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AttemptsJson } from '../../src/api/schemas/attempt.ts';
import type { AuditPageJson } from '../../src/api/schemas/audit.ts';
import type { TaskJson } from '../../src/api/schemas/task.ts';
import type { EndedSync } from '../../src/cli/follow-syncs.ts';
import { signalGroup } from '../../src/util/process-group.ts';
import { commitFiles } from '../support/stacks-repo.ts';
import { aSite, call, eventually, ready, runCli, type CliResult, type Site } from '../support/plumbline.ts';
import { aProcessSet } from '../support/process-set.ts';

/** Real Terraform under real workers: an object whose making ends when a file appears, or when its maker is killed. */
const slow = (live: string) => `terraform {
  backend "local" {
    path = "${live}/terraform.tfstate"
  }
}
resource "terraform_data" "this" {
  provisioner "local-exec" {
    command = "ps -o pgid= -p $$ > ${live}.group; for i in $(seq 1200); do test -e ${live}.go && exit 0; sleep 0.1; done; exit 1"
  }
}
`;

describe('the lock of a state', () => {
  const processes = aProcessSet();
  const others: ChildProcess[] = [];
  const groups: number[] = [];
  let site: Site;
  let live: string;
  beforeEach(async () => {
    site = await aSite({});
    live = join(site.dir, 'live');
    await commitFiles(join(site.dir, 'repo'), { 'envs/prod/main.tf': slow(live) });
    await site.configure({
      repos: [{ name: 'infra', url: join(site.dir, 'repo') }],
      environments: [
        {
          name: 'production',
          paths: ['envs/prod/**'],
          policy: { approvals: { required: 0, destroys: false }, retry: { limit: 0 } },
        },
      ],
      worker: { lock_ttl: '2m', renew_every: '10s' },
      drivers: { terraform: { lock_timeout: '1s' } },
    });
  });
  afterEach(async () => {
    await processes.stop();
    for (const group of groups.splice(0)) signalGroup(group, 'SIGKILL');
    for (const other of others.splice(0)) other.kill('SIGKILL');
    await site.remove();
  });

  const start = (role: 'serve' | 'worker') => processes.start([role, '--config', site.configFile]);
  const cli = (...args: string[]): Promise<CliResult> => runCli(args, { env: { PLUMBLINE_URL: site.url } });
  const sync = async () => {
    const ended = await cli('sync', 'infra', '--wait', '--format', 'json');
    const { syncs } = JSON.parse(ended.stdout) as { syncs: EndedSync[] };
    return { code: ended.code, verdict: syncs[0]!.verdicts[0]! };
  };
  const attempts = async () => (await call<AttemptsJson>(site, 'GET', '/api/attempts')).json.attempts;
  const begun = async (): Promise<number> => {
    const group = Number(
      await eventually('the making begins', async () => {
        const text = existsSync(`${live}.group`) ? await readFile(`${live}.group`, 'utf8') : '';
        return text.trim() !== '' && text;
      }),
    );
    groups.push(group);
    return group;
  };
  const lockFile = () => join(live, '.terraform.tfstate.lock.info');
  const lockId = async () => (JSON.parse(await readFile(lockFile(), 'utf8')) as { ID: string }).ID;

  it('that our own dead worker left is shown, released on request, and no longer in the way', async () => {
    const serve = start('serve');
    const worker = start('worker');
    await ready(site, serve);
    expect((await cli('sync', 'infra')).code).toBe(0);
    const group = await begun();
    await worker.kill();
    signalGroup(group, 'SIGKILL');
    const next = start('worker');
    const attempt = await eventually(
      'the attempt is closed',
      async () => (await attempts()).find(({ status }) => status !== 'started'),
      { log: next.log },
    );
    expect(attempt.status).not.toBe('applied');
    const id = await lockId();
    expect(attempt.summary).toContain(`The state lock ${id} was left behind.`);

    const shown = await cli('unlock', 'infra', 'envs/prod');
    expect(shown.code).toBe(0);
    expect(shown.stderr).toContain(`State lock ${id}: OperationTypeApply by`);
    expect(shown.stderr).toContain(`@${hostname()}`);
    expect(shown.stderr).toContain(`The state lock was left by attempt ${attempt.id} (process ${group} of`);
    expect(shown.stderr).toContain('which is dead.');
    expect(existsSync(lockFile())).toBe(true);

    await eventually('its task has ended', async () => {
      const { json } = await call<TaskJson>(site, 'GET', `/api/tasks/${attempt.task_id}`);
      return json.status !== 'running';
    });
    const released = await cli('unlock', 'infra', 'envs/prod', '--yes', '--reason', 'power cut');
    expect(released.code, released.stderr).toBe(0);
    expect(existsSync(lockFile())).toBe(false);
    const query = '/api/audit?action=lock.released';
    const { records } = (await call<AuditPageJson>(site, 'GET', query)).json;
    expect(records.map(({ reason, details }) => [reason, details])).toContainEqual([
      'power cut',
      expect.objectContaining({ attempt_id: attempt.id, state_lock: id }),
    ]);

    await writeFile(`${live}.go`, '');
    expect(await sync()).toMatchObject({ code: 0, verdict: { result: 'applied' } });
    expect(existsSync(lockFile())).toBe(false);
  });

  it('that somebody else holds is kept, and stops a sync, which says whose it is', async () => {
    const serve = start('serve');
    start('worker');
    await ready(site, serve);
    const folder = join(site.dir, 'by-hand');
    await commitFiles(folder, { 'main.tf': slow(live) });
    const terraform = (...args: string[]) => {
      const child = spawn('terraform', args, { cwd: folder, stdio: 'ignore', detached: true });
      others.push(child);
      return new Promise<number | null>((resolve) => child.once('exit', resolve));
    };
    await terraform('init', '-input=false');
    const byHand = terraform('apply', '-auto-approve', '-input=false');
    await begun();
    const id = await lockId();

    const met = await sync();
    expect(met).toMatchObject({ code: 1, verdict: { result: 'failed' } });
    const why = met.verdict.outcome!;
    expect(why.code).toBe('lock_held');
    expect(why.message).toContain(`@${hostname()} (for OperationTypeApply, since `);
    expect(why.message).toContain(`lock ID ${id})`);
    expect(await attempts()).toEqual([]);

    const refused = await cli('unlock', 'infra', 'envs/prod', '--yes');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('which no attempt of Plumbline');
    expect(refused.stderr).toContain('Nothing was released');
    expect(await lockId()).toBe(id);

    await writeFile(`${live}.go`, '');
    expect(await byHand).toBe(0);
    expect(await sync()).toMatchObject({ code: 0, verdict: { result: 'nothing' } });
  });
});
