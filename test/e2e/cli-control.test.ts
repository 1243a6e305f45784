import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalsJson, DecidedJson, SignalJson } from '../../src/api/schemas/approval.ts';
import type { AttemptsJson, BackupsJson } from '../../src/api/schemas/attempt.ts';
import type {
  AuditPageJson,
  AuditRecordJson,
  AuditReportJson,
  AuditVerificationJson,
} from '../../src/api/schemas/audit.ts';
import type { HoldJson, HoldsJson } from '../../src/api/schemas/environment.ts';
import type { TaskJson } from '../../src/api/schemas/task.ts';
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

const STACK = ['infra', 'envs/prod'] as const;
const PEOPLE = { alice: 'approver', bob: 'approver', root: 'admin', dave: 'viewer' } as const;
type Who = keyof typeof PEOPLE;

/** What is tested goes on from test to test, as an operator's day does: one server, one stack. */
describe('the command line that changes things, with a server', () => {
  let site: Site;
  let up: PlumblineProcess;

  beforeAll(async () => {
    site = await aSite({});
    await commitStack('first');
    await site.configure({
      repos: [{ name: 'infra', url: join(site.dir, 'infra') }],
      environments: [{ name: 'production', policy: { approvals: { required: 1 } } }],
      auth: {
        tokens: Object.entries(PEOPLE).map(([name, role]) => ({
          name: `${name}@example.com`,
          hash: `sha256:${createHash('sha256').update(`${name}-token`).digest('hex')}`,
          role,
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

  async function commitStack(input: string): Promise<string> {
    const state = JSON.stringify(join(site.dir, 'prod.tfstate'));
    const text = `terraform {\n  backend "local" { path = ${state} }\n}\nresource "terraform_data" "this" {\n  input = "${input}"\n}\n`;
    return await commitFiles(join(site.dir, 'infra'), { 'envs/prod/main.tf': text }, `Set ${input}`);
  }

  const as = async (who: Who, ...args: string[]): Promise<CliResult> =>
    await runCli([...args, '--server', site.url], { env: { PLUMBLINE_TOKEN: `${who}-token` } });

  /** What a command prints on stdout when that is JSON and nothing else. */
  async function json<T>(who: Who, ...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await as(who, ...args, '--format', 'json');
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as T;
  }

  it('sync: exits with 4 when people have to decide', async () => {
    expect((await as('alice', 'scan', 'infra', '--wait')).code).toBe(0);
    const synced = await as('alice', 'sync', 'production', '--wait', '--format', 'json');
    expect(synced.code, synced.stderr).toBe(4);
    const { syncs } = JSON.parse(synced.stdout) as { syncs: { task: TaskJson }[] };
    expect(syncs).toMatchObject([{ task: { status: 'awaiting_approval', actor: 'alice@example.com' } }]);
  });

  it('approvals: lists what waits, as a table and as JSON', async () => {
    const { approvals } = await json<ApprovalsJson>('bob', 'approvals');
    expect(approvals).toMatchObject([{ repo: 'infra', stack: 'envs/prod', status: 'waiting' }]);
    const { code, stdout } = await as('bob', 'approvals');
    const [head, row, ...rest] = stdout.trimEnd().split('\n');
    expect([code, rest]).toEqual([0, []]);
    expect(head).toMatch(/^REPO +STACK +ENVIRONMENT +STATUS +SEVERITY +CHANGES +APPROVED-BY +MISSING /);
    expect(row).toMatch(/^infra +envs\/prod +production +waiting /);
  });

  it('approve --print-signal: prints the signed decision alone, and decides nothing', async () => {
    const signal = await json<SignalJson>('bob', 'approve', ...STACK, '--print-signal');
    expect(signal).toMatchObject({
      workflow_id: 'approval/infra/envs/prod',
      signal: 'approve',
      input: { by: 'bob@example.com' },
    });
    const { code, stdout, stderr } = await as('bob', 'approve', ...STACK, '--print-signal');
    expect([code, stdout.trimEnd().split('\n').length]).toEqual([0, 1]);
    expect(stdout).toMatch(
      /^temporal workflow signal --workflow-id 'approval\/infra\/envs\/prod' --name approve /,
    );
    expect(stderr).toContain('terraform_data.this');
    const { approvals } = await json<ApprovalsJson>('bob', 'approvals');
    expect(approvals).toMatchObject([{ status: 'waiting', decisions: [] }]);
  });

  it('approve: is refused to who may not, and to who started it, with the reason', async () => {
    for (const [who, reason] of [
      ['dave', 'needs the role approver'],
      ['alice', 'started this'],
    ] as const) {
      const { code, stdout, stderr } = await as(who, 'approve', ...STACK);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(reason);
    }
    const stale = await as('bob', 'approve', ...STACK, '--digest', 'v1:sha256:0');
    expect([stale.code, stale.stdout]).toEqual([1, '']);
    expect((await as('bob', 'approve', 'infra', 'envs/nothing')).code).toBe(1);
  });

  it('reject: needs a reason, and blocks until it is withdrawn', async () => {
    const without = await as('bob', 'reject', ...STACK);
    expect([without.code, without.stdout]).toEqual([2, '']);
    expect(without.stderr).toContain('--reason');
    const { approval } = await json<DecidedJson>('bob', 'reject', ...STACK, '--reason', 'too early');
    expect(approval).toMatchObject({ status: 'rejected', rejected_by: ['bob@example.com'] });
    const withdrawn = await as('bob', 'withdraw', ...STACK);
    expect([withdrawn.code, withdrawn.stdout]).toEqual([0, '']);
    expect(withdrawn.stderr).toContain('Withdrawn');
  });

  it('pause: keeps an approved plan from being applied, resume: lets it go on', async () => {
    const hold = await json<HoldJson>('alice', 'pause', 'production', '--reason', 'year end');
    expect(hold).toMatchObject({
      kind: 'pause',
      scope: 'environment',
      name: 'production',
      by: 'alice@example.com',
    });
    expect((await as('alice', 'pause', 'production')).code).toBe(2);
    const refused = await as('dave', 'resume', 'production');
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(await json('alice', 'pause', '--list')).toMatchObject({ holds: [{ reason: 'year end' }] });
    const { approval, message } = await json<DecidedJson>(
      'bob',
      'approve',
      ...STACK,
      '--reason',
      'looks right',
    );
    expect([approval.status, message]).toEqual(['approved', expect.stringContaining('Approved')]);
    expect(await json<AttemptsJson>('bob', 'attempts')).toEqual({ attempts: [] });
    const { holds } = await json<HoldsJson>('alice', 'resume', 'production', '--reason', 'it is over');
    expect(holds).toMatchObject([{ name: 'production', reason: 'year end' }]);
    const again = await as('alice', 'resume', 'production');
    expect([again.code, again.stdout]).toEqual([1, '']);
    await eventually('the approved plan is applied', async () => {
      const { attempts } = await json<AttemptsJson>('bob', 'attempts', '--stack', 'envs/prod');
      return attempts.some(({ status, rule }) => status === 'applied' && rule === 'approval');
    });
  });

  it('sync --emergency: is for admins, applies at once, and is loud', async () => {
    const commit = await commitStack('second');
    const emergency = ['sync', 'production', '--emergency', 'the site is down', '--wait'];
    const refused = await as('alice', ...emergency);
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain('needs the role admin');
    const { code, stdout, stderr } = await as('root', ...emergency);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^infra +envs\/prod +applied +break_glass /m);
    expect(stderr).toMatch(/^EMERGENCY: this is applied without approvals/m);
    expect(stderr).toMatch(/^EMERGENCY: infra\/envs\/prod was changed without approvals \(/m);
    const { attempts } = await json<AttemptsJson>('bob', 'attempts', '--stack', 'envs/prod');
    expect(attempts[0]).toMatchObject({
      commit,
      rule: 'break_glass',
      emergency: { by: 'root@example.com', reason: 'the site is down' },
    });
    expect(up.log()).toContain('EMERGENCY: a stack is changed without approvals');
    expect(up.log()).toContain('EMERGENCY: an apply without approvals was ordered');
  });

  it('backups: lists the states that were saved before', async () => {
    const { backups } = await json<BackupsJson>('bob', 'backups', ...STACK);
    expect(backups).toMatchObject([{ repo: 'infra', stack: 'envs/prod' }]);
    expect(backups[0]!.serial).toBeGreaterThan(0);
    const { code, stdout } = await as('bob', 'backups', ...STACK);
    const [head, row] = stdout.split('\n');
    expect([code, head]).toEqual([
      0,
      expect.stringMatching(/^BACKUP +CREATED +COMMIT +SERIAL +LINEAGE +ATTEMPT/),
    ]);
    expect(row).toContain(backups[0]!.id);
    expect((await as('bob', 'backups', 'infra', 'envs/nothing')).code).toBe(1);
  });

  it('audit verify: says that the chain is whole', async () => {
    const found = await json<AuditVerificationJson>('dave', 'audit', 'verify');
    expect(found).toMatchObject({ ok: true, faults: [] });
    expect(found.records).toBeGreaterThan(10);
    const { code, stdout } = await as('dave', 'audit', 'verify');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Whole: \d+ records, signed up to \d+$/m);
  });

  it('audit export: as JSON, CSV and NDJSON, to stdout alone or into a file', async () => {
    const exported = async (format: string): Promise<string> => {
      const { code, stdout, stderr } = await as('dave', 'audit', 'export', '--format', format);
      expect([code, stderr]).toEqual([0, '']);
      return stdout;
    };
    const { records } = JSON.parse(await exported('json')) as { records: AuditRecordJson[] };
    expect(records.map(({ seq }) => seq)).toEqual(records.map((_, index) => index + 1));
    const lines = (await exported('ndjson')).trimEnd().split('\n');
    expect(lines.slice(0, records.length).map((line) => JSON.parse(line) as unknown)).toEqual(records);
    const [head, ...rows] = (await exported('csv')).trimEnd().split(/\r?\n/);
    expect(head).toMatch(/^seq,at,actor,action/);
    expect(rows.length).toBeGreaterThanOrEqual(records.length);
    const file = join(site.dir, 'decisions.ndjson');
    const filters = ['--action', 'decision.approved', '--format', 'ndjson', '--output', file];
    const written = await as('dave', 'audit', 'export', ...filters);
    expect([written.code, written.stdout, written.stderr]).toEqual([0, '', `Written to ${file}.\n`]);
    const decided = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(decided.map((line) => JSON.parse(line) as AuditRecordJson)).toMatchObject([
      { actor: 'bob@example.com', reason: 'looks right' },
    ]);
    expect((await as('dave', 'audit', 'export', '--format', 'xml')).code).toBe(2);
  });

  it('sync --audit-mode: reports on the frameworks, and lists the emergency', async () => {
    const file = join(site.dir, 'audit-report.json');
    const audit = ['sync', '--audit-mode', '--compliance', 'sox,pci'];
    const { code, stdout } = await as('dave', ...audit, '--output', file);
    expect([code, stdout]).toEqual([0, '']);
    const report = JSON.parse(await readFile(file, 'utf8')) as AuditReportJson;
    expect(report.compliance).toEqual(['sox', 'pci']);
    expect(report.frameworks.map(({ id }) => id)).toEqual(['sox', 'pci']);
    const emergencies = report.exceptions.filter(({ kind }) => kind === 'emergency_change');
    expect(emergencies.map(({ stack, message }) => [stack, message])).toContainEqual([
      'envs/prod',
      expect.stringContaining('the site is down'),
    ]);
    const printed = await as('dave', ...audit);
    expect(JSON.parse(printed.stdout)).toMatchObject({ compliance: ['sox', 'pci'] });
    const wrong = await as('dave', 'sync', '--audit-mode', '--compliance', 'iso');
    expect([wrong.code, wrong.stdout]).toEqual([1, '']);
    expect((await as('dave', 'sync', 'production', '--output', file)).code).toBe(2);
  });

  it('leaves on record who did it, through which door, and from where', async () => {
    const { records } = await json<AuditPageJson>('dave', 'audit', 'list', '--action', 'hold.placed');
    expect(records).toMatchObject([
      { actor: 'alice@example.com', source: 'cli 127.0.0.1', reason: 'year end', result: 'ok' },
    ]);
    const { approvals } = await json<ApprovalsJson>('dave', 'approvals', '--all');
    const decided = approvals.find(({ decisions }) =>
      decisions.some(({ reason }) => reason === 'looks right'),
    )!;
    const found = await json<AuditPageJson>('dave', 'audit', 'list', '--action', 'decision.approved');
    const at = decided.decisions.find(({ reason }) => reason === 'looks right')!.at;
    expect(found.records).toMatchObject([
      {
        actor: 'bob@example.com',
        repo: 'infra',
        stack: 'envs/prod',
        environment: 'production',
        commit: decided.commit,
        digest: decided.digest,
        result: 'ok',
        reason: 'looks right',
        source: 'cli 127.0.0.1',
      },
    ]);
    // Signed by the server, then recorded by a worker.
    expect(Date.parse(found.records[0]!.at)).toBeGreaterThanOrEqual(Date.parse(at));
    const refused = await json<AuditPageJson>('dave', 'audit', 'list', '--action', 'decision.refused');
    expect(refused.records).toContainEqual(
      expect.objectContaining({ actor: 'alice@example.com', result: 'refused', source: 'cli 127.0.0.1' }),
    );
  });
});
