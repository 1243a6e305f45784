import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EnvironmentSettings } from '../../src/domain/eligibility/policy.ts';
import { anEnvironment } from '../support/environments.ts';
import { createRevertTest, type RevertTest } from '../support/git-revert.ts';
import { aRepo } from '../support/git.ts';
import { aLiveDriver, type LiveDriver } from '../support/live-driver.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';

const FREE = { approvals: { required: 0 } };
const IN_PRODUCTION = { environment: 'prod' };

let temporal: TestTemporal;
let git: RevertTest;
let driver: LiveDriver;
let workers: TestWorkers;
let production: string;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});

/** One repository with two branches: `main` has what all share, `production` what runs there. */
beforeEach(async () => {
  git = await createRevertTest();
  await git.work.commit({ 'shared/dns/stack': 'main', 'shared/cdn/stack': 'main', 'web/stack': 'next' });
  await git.work.push();
  await git.work.git('checkout', '--quiet', '-b', 'production');
  production = await git.work.commit({
    'web/stack': 'released',
    'shared/dns/stack': null,
    'shared/cdn/stack': null,
  });
  await git.work.git('push', '--quiet', 'origin', 'production');
});
afterEach(async () => {
  await workers.stop();
  await git.remove();
});

async function start(environments: EnvironmentSettings[]): Promise<[string, string]> {
  driver = aLiveDriver();
  const name = `repo-${randomUUID().slice(0, 8)}`;
  const repos = [
    aRepo(git.repo.path, { name: `${name}-main` }),
    aRepo(git.repo.path, { name: `${name}-production`, branch: 'production' }),
  ];
  const settings = publishedSettings(repos, { environments, gitAllowLocal: true });
  const tools = () => Promise.reject(new Error('no tools here'));
  const overrides = { workbench: () => ({ git: git.test.cache, tools }) };
  workers = await startTestWorkers(temporal, { drivers: [driver], settings, overrides });
  return [repos[0]!.name, repos[1]!.name];
}

async function sync(repo: string): Promise<void> {
  await (await workers.sync(repo, IN_PRODUCTION)).result();
}

describe('an environment', () => {
  it('draws on several repositories and refs, each at its own commit', async () => {
    const prod = anEnvironment('production', FREE);
    const sources = (main: string) => [
      { repo: null, ref: 'production', paths: [] },
      { repo: main, ref: null, paths: ['shared/dns'] },
    ];
    const [main, released] = await start([prod]);
    const settings = (await workers.store.configs.latest())!.settings;
    await workers.store.configs.publish(
      { ...settings, environments: [{ ...prod, sources: sources(main) }] },
      new Date().toISOString(),
    );
    await sync(main);
    await sync(released);
    expect(driver.applied).toEqual(['shared/dns: main', 'web: released']);
    expect(await workers.store.syncs.get(released, 'web')).toMatchObject({ commit: production });
  });

  it('is the branch of its name where neither folders nor the config say otherwise', async () => {
    const [main, released] = await start([anEnvironment('production', FREE)]);
    await sync(main);
    expect(driver.applied).toEqual([]);
    await sync(released);
    expect(driver.applied).toEqual(['web: released']);
  });
});
