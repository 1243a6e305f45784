import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aGatePlan, type GateBench, openGateBench } from '../support/gate-bench.ts';
import { publishPolicy } from '../support/gate-policy.ts';

type Policy = Parameters<typeof publishPolicy>[1];

let bench: GateBench;
const publish = (policy?: Policy) => publishPolicy(bench, policy);

beforeEach(async () => {
  bench = await openGateBench();
  await publish();
  bench.history.push();
  const first = await bench.plan(aGatePlan());
  await bench.synced(first);
  await bench.endTask(first);
});
afterEach(() => bench.close());

const DRIFTED = aGatePlan({ status: 'drifted', drift: 1, pending: 0 });

/** A scan of the newest commit that finds nothing to do. */
async function seenInSync(): Promise<void> {
  const inSync = aGatePlan({ status: 'in_sync', changes: [], pending: 0, severity: null });
  const seen = await bench.plan(inSync, { kind: 'scan' as never });
  await bench.store.syncs.seenInSync(seen.task.id, bench.deps.now().toISOString());
  await bench.endTask(seen);
}

const MALLORY = 'mallory@example.com';
const SIGNED = { requireSignedCommits: true };

describe('a commit that nobody has approved, with which the stack is in sync all the same', () => {
  beforeEach(async () => {
    bench.history.push({ by: MALLORY, signed: false });
    await seenInSync();
  });

  it('moves what the stack counts as synced to, but is vouched for by nobody', async () => {
    const [first, second] = bench.history.commits;
    const sync = await bench.store.syncs.get('infra', 'envs/prod');
    expect(sync).toMatchObject({ commit: second!.commit, vouched: first!.commit });
  });

  it('needs a signature before anything is applied at it', async () => {
    await publish(SIGNED);
    for (const kind of ['sync', 'reconcile'] as const) {
      const planned = await bench.plan(DRIFTED, { kind });
      expect(await bench.decide(planned)).toMatchObject({
        kind: 'blocked',
        reasons: [{ code: 'unsigned_commits' }],
      });
      await bench.endTask(planned);
    }
  });

  it('can be approved by others only', async () => {
    const planned = await bench.plan(DRIFTED, { kind: 'reconcile' });
    expect((await bench.decide(planned)).kind).toBe('wait');
    expect((await bench.present(planned)).authors).toEqual([MALLORY]);
    expect(await bench.say(MALLORY)).toBe('own_change');
    expect(await bench.say('alice@example.com')).toBeNull();
  });

  it('counts among the files that decide whether a later change is safe', async () => {
    await publish({ autoApproveSafe: { patterns: ['README'], maxSeverity: 'low' } });
    bench.history.push({ files: ['envs/prod/README.md'] });
    const planned = await bench.plan(aGatePlan(), { auto_approve_safe: true });
    expect((await bench.decide(planned)).kind).toBe('wait');
  });

  it('does not choose its own code owners', async () => {
    await publish({ approvals: { requireCodeOwners: true } });
    const [first, second] = bench.history.commits;
    bench.history.owners.set(first!.commit, '* owner@example.com');
    bench.history.owners.set(second!.commit, `* ${MALLORY}`);
    const planned = await bench.plan(DRIFTED, { kind: 'reconcile' });
    await bench.decide(planned);
    expect((await bench.present(planned)).requirement.codeOwners).toEqual([
      { path: 'envs/prod/main.tf', owners: ['owner@example.com'] },
    ]);
  });

  it('is vouched for once it was applied', async () => {
    const planned = await bench.plan(DRIFTED);
    await bench.synced(planned);
    await bench.endTask(planned);
    await publish(SIGNED);
    bench.history.push({ by: 'bob@example.com' });
    const next = await bench.plan(aGatePlan());
    expect((await bench.decide(next)).kind).toBe('wait');
    expect((await bench.present(next)).authors).toEqual(['bob@example.com']);
  });
});

describe('a commit that touches nothing of the stack', () => {
  it('leaves nothing to vouch for once the stack was seen in sync with it', async () => {
    bench.history.push({ by: MALLORY, signed: false, files: ['docs/README.md'] });
    await publish(SIGNED);
    const before = await bench.plan(DRIFTED);
    expect((await bench.decide(before)).reasons).toMatchObject([{ code: 'unsigned_commits' }]);
    await bench.endTask(before);
    await seenInSync();
    bench.history.push({ by: 'bob@example.com' });
    const planned = await bench.plan(aGatePlan());
    expect((await bench.decide(planned)).kind).toBe('wait');
    expect((await bench.present(planned)).authors).toEqual(['bob@example.com']);
  });

  it('is not asked about beside one that does, and that people have to approve', async () => {
    bench.history.push({ by: MALLORY, signed: false, files: ['docs/README.md'] });
    bench.history.push({ by: 'bob@example.com' });
    await seenInSync();
    await publish(SIGNED);
    const planned = await bench.plan(DRIFTED);
    expect((await bench.decide(planned)).kind).toBe('wait');
    expect((await bench.present(planned)).authors).toEqual(['bob@example.com']);
  });
});
