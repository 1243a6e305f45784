import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verdictResult } from '../../src/domain/eligibility/verdict-result.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import { anEnvironment } from '../support/environments.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { aBench, type Bench, toolsOnPath } from '../support/terraform.ts';
import { terraformBySeconds } from '../support/terraform-by-seconds.ts';
import {
  aRepo,
  fakeCheckouts,
  publishedSettings,
  startTestWorkers,
  type TestWorkers,
} from '../support/workers.ts';

const STEADY = 'envs/prod/steady';
const MOVING = 'envs/prod/moving';
const root = (input: string) =>
  `terraform {\n  backend "local" {}\n}\nresource "terraform_data" "one" {\n  input = ${input}\n}\n` +
  'resource "terraform_data" "other" {\n  input = timestamp()\n}\n';

const repo = aRepo();
const planned = new Map<string, number>();
let temporal: TestTemporal;
let bench: Bench;
let test: TestWorkers;

beforeAll(async () => {
  temporal = await startTestTemporal();
  bench = await aBench({
    [`${STEADY}/main.tf`]: root('"always the same"'),
    [`${MOVING}/main.tf`]: root('plantimestamp()'),
  });
  test = await startTestWorkers(temporal, {
    drivers: [terraformBySeconds((key) => planned.set(key, (planned.get(key) ?? 0) + 1))],
    settings: publishedSettings([repo], {
      environments: [anEnvironment('production', { approvals: { required: 1 } })],
    }),
    overrides: {
      toolEnv: toolEnv(process.env),
      workbench: () => ({ git: fakeCheckouts(bench.workTree), tools: toolsOnPath }),
    },
  });
});
afterAll(async () => {
  await test?.stop();
  await temporal?.stop();
  await bench?.remove();
});

const sync = async () => (await test.sync(repo.name, { actor: 'carol@example.com' })).result();
const verdictOf = async (key: string) => {
  const { taskId, id } = (await test.store.jobs.listByStack(repo.name, key, 1))[0]!;
  return (await test.store.verdicts.listByTask(taskId))[id]!;
};

describe('a plan that moves by itself', () => {
  it('is put before nobody, and says which addresses move; the others are asked about', async () => {
    expect(await sync()).toMatchObject({ status: 'awaiting_approval', waiting: 1, blocked: 1, applied: 0 });
    const verdict = await verdictOf(MOVING);
    expect(verdict).toMatchObject({ kind: 'blocked', unstable: ['terraform_data.one'] });
    expect(verdict.reasons[0]).toMatchObject({ code: 'unstable_plan' });
    expect(verdict.reasons[0]!.message).toContain('terraform_data.one');
    expect(verdictResult(verdict, undefined, true)).toBe('unstable_plan');
    expect(await test.store.approvals.latest(repo.name, MOVING)).toBeUndefined();
    expect((await test.store.approvals.latest(repo.name, STEADY))?.status).toBe('waiting');
    expect(Object.fromEntries(planned)).toEqual({ [STEADY]: 2, [MOVING]: 2 });
  });

  it('is looked at twice once: what people have before them is not planned a second time', async () => {
    planned.clear();
    expect(await sync()).toMatchObject({ status: 'awaiting_approval', waiting: 1, blocked: 1 });
    expect(Object.fromEntries(planned)).toEqual({ [STEADY]: 1, [MOVING]: 2 });
  });

  it('ends what people were asked about before it began to move', async () => {
    await writeFile(join(bench.workTree, STEADY, 'main.tf'), root('plantimestamp()'));
    expect(await sync()).toMatchObject({ status: 'completed', waiting: 0, blocked: 2 });
    expect((await test.store.approvals.latest(repo.name, STEADY))?.status).toBe('withdrawn');
    const records = await test.store.audit.list({ afterSeq: 0, limit: 100 });
    expect(records.find(({ action }) => action === 'approval.withdrawn')).toMatchObject({ stackKey: STEADY });
  });
});
