import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttemptsJson } from '../../src/api/schemas/attempt.ts';
import type { AuditVerificationJson } from '../../src/api/schemas/audit.ts';
import type { ApprovalStateJson, ScanProgress } from '../../src/workflows/inputs.ts';
import { aHaltingSite, type HaltingSite } from '../support/halting.ts';
import {
  aSite,
  call,
  eventually,
  ready,
  startProcess,
  type PlumblineProcess,
  type Site,
} from '../support/plumbline.ts';
import { temporalBinary } from '../support/tools.ts';

const run = promisify(execFile);
const REPO = 'repo/infra';
const APPROVAL = 'approval/infra/envs/prod';

/** All steps of docs/operating-with-temporal.md, in its order; the HTTP API is only asked how things are. */
describe('operating Plumbline with nothing but the temporal command', () => {
  let site: Site;
  let tool: HaltingSite;
  let up: PlumblineProcess;
  /** The words of a command, and what may hold blanks. */
  let temporal: (command: string, ...more: string[]) => Promise<string>;

  beforeAll(async () => {
    const binary = await temporalBinary();
    site = await aSite({});
    tool = await aHaltingSite(site, 'never');
    await site.configure({
      environments: [{ name: 'production', paths: ['envs/prod/**'], policy: { approvals: { required: 1 } } }],
      approvals: { allow_unsigned_signals: true },
    });
    up = startProcess(['up', '--config', site.configFile]);
    await ready(site, up);
    const published = await readFile(join(site.dataDir, 'temporal.json'), 'utf8');
    const { address } = JSON.parse(published) as { address: string };
    temporal = async (command, ...more) => {
      const args = [...command.split(' '), ...more, '--address', address];
      return (await run(binary, args, { env: { PATH: process.env['PATH'], HOME: site.dir } })).stdout;
    };
  });
  afterAll(async () => {
    await up?.stop();
    await site.remove();
  });

  const start = (type: string, input: object) =>
    temporal(
      `workflow start --task-queue plumbline --type ${type} --workflow-id ${REPO} --id-conflict-policy Fail`,
      '--input',
      JSON.stringify({ repo: 'infra', ...input }),
    );
  const query = async <T>(id: string, type: string): Promise<T> => {
    const asked = await temporal(
      'workflow',
      'query',
      '--workflow-id',
      id,
      '--type',
      type,
      '--output',
      'json',
    );
    return (JSON.parse(asked) as { queryResult: T[] }).queryResult[0]!;
  };
  const state = () => query<ApprovalStateJson>(APPROVAL, 'state');
  const signal = async (name: string, input: object) =>
    await temporal(
      `workflow signal --workflow-id ${APPROVAL} --name ${name}`,
      '--input',
      JSON.stringify(input),
    );
  const closed = async (id: string) =>
    await eventually(`${id} has closed`, async () => {
      const text = await temporal(`workflow describe --workflow-id ${id} --output json`);
      const { workflowExecutionInfo: info } = JSON.parse(text) as {
        workflowExecutionInfo: { status: string };
      };
      return info.status !== 'WORKFLOW_EXECUTION_STATUS_RUNNING' && info.status;
    });
  const attempts = async () => (await call<AttemptsJson>(site, 'GET', '/api/attempts')).json.attempts;

  it('starts a sync, which ends while its plan waits, and says so when it is asked', async () => {
    await start('syncRepo', { actor: 'alice@example.com', reason: 'release' });
    await closed(REPO);
    expect(await query<ScanProgress>(REPO, 'progress')).toMatchObject({
      phase: 'done',
      total: 1,
      waiting: 1,
    });
    const asked = await state();
    expect(asked).toMatchObject({ status: 'waiting', missing: ['one more approval'], refused: null });
    expect(asked.digest).toMatch(/^v\d+:sha256:/);
  });

  it('says with the next query why a signal was not taken', async () => {
    const { digest } = await state();
    await signal('approve', { by: 'alice@example.com', digest });
    await eventually('the refusal', async () => (await state()).refused?.code === 'own_change');
    await signal('approve', { by: 'bob@example.com', digest: 'v1:sha256:0000' });
    await eventually('the refusal', async () => (await state()).refused?.code === 'stale_digest');
    await signal('reject', { by: 'bob@example.com', digest });
    await eventually('the refusal', async () => (await state()).refused?.code === 'reason_needed');
    expect(await tool.times('apply')).toBe(0);
  });

  it('rejects, withdraws and approves by signals, and the approved plan is applied', async () => {
    const { digest } = await state();
    await signal('reject', { by: 'bob@example.com', digest, reason: 'not today' });
    await eventually('the rejection', async () => (await state()).status === 'rejected');
    await signal('withdraw', { by: 'bob@example.com', digest });
    await eventually('the plan waits again', async () => (await state()).status === 'waiting');
    await signal('approve', { by: 'bob@example.com', digest });
    const [made] = await eventually('the apply', async () => {
      const found = await attempts();
      return found[0]?.status === 'applied' && found;
    });
    expect(made).toMatchObject({ stack: 'envs/prod', rule: 'approval', digest });
    expect(await tool.times('apply')).toBe(1);
  });

  it('resets the apply and the task, and nothing is applied again', async () => {
    await closed(REPO);
    for (const id of [`${REPO}/apply/envs/prod`, REPO]) {
      await temporal(`workflow reset --workflow-id ${id} --type FirstWorkflowTask --reason again`);
      await closed(id);
    }
    expect(await tool.times('apply')).toBe(1);
    expect(await attempts()).toHaveLength(1);
  });

  it('hands a request over, whether the repo is busy or not, and cancels', async () => {
    await temporal(
      `workflow signal-with-start --task-queue plumbline --type syncRepo --workflow-id ${REPO}`,
      '--input',
      JSON.stringify({ repo: 'infra', from_queue: true }),
      '--signal-name',
      'request',
      '--signal-input',
      JSON.stringify({ kind: 'sync', dry_run: true, actor: 'carol@example.com' }),
    );
    expect(await closed(REPO)).toBe('WORKFLOW_EXECUTION_STATUS_COMPLETED');
    await start('scanRepo', {});
    await temporal(`workflow cancel --workflow-id ${REPO}`);
    expect(await closed(REPO)).toMatch(/CANCELED|COMPLETED/);
    const { json } = await call<AuditVerificationJson>(site, 'GET', '/api/audit/verify');
    expect(json).toMatchObject({ ok: true });
  });
});
