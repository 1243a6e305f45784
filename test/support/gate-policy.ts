import assert from 'node:assert/strict';
import type { Role } from '../../src/domain/person.ts';
import type { RoleHolders } from '../../src/domain/settings.ts';
import { anEnvironment } from './environments.ts';
import { aGatePlan, type GateBench, type Planned } from './gate-bench.ts';
import { publishedSettings } from './workers.ts';

/** Publishes that production wants one person's word on everything, but for what is said here. */
export async function publishPolicy(
  bench: GateBench,
  { approvals, ...rest }: NonNullable<Parameters<typeof anEnvironment>[1]> = {},
  more: Parameters<typeof publishedSettings>[1] = {},
): Promise<number> {
  const environments = [anEnvironment('production', { ...rest, approvals: { required: 1, ...approvals } })];
  return await bench.publish(publishedSettings([bench.repo], { environments, ...more }));
}

/** What the config says of one person's token, where an identity provider may know others. */
export function rolesOf(name: string, role: Role): RoleHolders {
  const grants = [{ role, repos: [], environments: [] }];
  return { tokens: [{ name, kind: 'person', teams: [], aliases: [], grants }], others: true };
}

/** A plan that one person has approved, in the task that is to apply it. */
export async function approvedPlan(bench: GateBench): Promise<Planned> {
  const asked = await bench.plan(aGatePlan());
  assert.equal((await bench.decide(asked)).kind, 'wait');
  await bench.present(asked);
  await bench.endTask(asked);
  assert.equal(await bench.say('alice@example.com'), null);
  const planned = await bench.plan(aGatePlan(), { trigger: 'approval' });
  const { kind, rule } = await bench.decide(planned);
  assert.deepEqual({ kind, rule }, { kind: 'apply', rule: 'approval' });
  return planned;
}
