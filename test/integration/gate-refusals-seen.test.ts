import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditPageJson } from '../../src/api/schemas/audit.ts';
import { AUDIT_EXPORT_FORMATS } from '../../src/domain/audit/export.ts';
import { aToken } from '../support/a-token.ts';
import { aHold } from '../support/an-eligibility.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { anEnvironment } from '../support/environments.ts';
import { aGatePlan, type GateBench, openGateBench } from '../support/gate-bench.ts';
import { publishPolicy } from '../support/gate-policy.ts';

const HIDDEN = 'envs/hidden-4f0c';
const MASKED = 'depends_on has it come after stacks that this commit does not have.';

let bench: GateBench;
let api: ApiFixture;

beforeEach(async () => {
  bench = await openGateBench();
  await publishPolicy(bench, { approvals: { required: 0 } });
  bench.history.push();
  const grants = (environments: string[]) => ({
    grants: [{ role: 'viewer' as const, repos: [], environments }],
  });
  const tokens = [
    aToken('some@example.com', 'some', grants(['production'])),
    aToken('all@example.com', 'all', grants([])),
  ];
  api = await apiFixture({
    auth: { mode: 'tokens', tokens, oidc: [] },
    repos: [bench.repo],
    deps: { store: bench.store },
  });
  api.reload({ published: { environments: [anEnvironment('production')] } });
});
afterEach(async () => {
  await api.close();
  await bench.close();
});

const read = async (path: string, token: string): Promise<string> => {
  const answer = await api.app.inject({ url: path, headers: { authorization: `Bearer ${token}` } });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.body;
};

describe('a refusal of the gate for several reasons, one of which names another environment’s stack', () => {
  beforeEach(async () => {
    const planned = await bench.plan(aGatePlan());
    await bench.decide(planned);
    await bench.store.holds.place(aHold({ repo: 'infra', scope: 'stack', name: 'envs/prod' }));
    const { path, kind, workspace, dependsOn } = (await bench.store.stacks.get('infra', 'envs/prod'))!;
    const stack = { key: 'envs/prod', path, kind, workspace, dependsOn, unknownNeeds: [HIDDEN] };
    await bench.store.stacks.discovered('infra', [stack], { complete: true });
    await bench.apply(planned);
  });

  it('stands in the audit log with all of its codes, and without that stack for whoever may not see it', async () => {
    const url = '/api/audit?environment=production&action=apply.refused';
    const [theirs] = (JSON.parse(await read(url, 'some')) as AuditPageJson).records;
    expect(theirs).toMatchObject({
      stack: 'envs/prod',
      result: 'refused',
      reason: MASKED,
      details: { code: 'paused', codes: ['paused', 'depends_on_unknown'] },
    });
    const [whole] = (JSON.parse(await read(url, 'all')) as AuditPageJson).records;
    expect(whole).toMatchObject({ reason: expect.stringContaining(HIDDEN) as string, hash: theirs!.hash });
  });

  it.each(AUDIT_EXPORT_FORMATS)('is exported to them without that stack as %s', async (format) => {
    const url = `/api/audit/export?environment=production&action=apply.refused&format=${format}`;
    const theirs = await read(url, 'some');
    expect(theirs).toContain(MASKED);
    expect(theirs).not.toContain(HIDDEN);
    expect(await read(url, 'all')).toContain(HIDDEN);
  });
});
