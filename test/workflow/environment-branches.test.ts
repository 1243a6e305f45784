import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadText } from '../support/config-file.ts';
import { createRevertTest, type RevertTest } from '../support/git-revert.ts';
import { aLiveDriver, type LiveDriver } from '../support/live-driver.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { startTestWorkers, type TestWorkers } from '../support/workers.ts';

let temporal: TestTemporal;
let git: RevertTest;
let driver: LiveDriver;
let workers: TestWorkers;
let main: string;
let release: string;
let repo: string;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});

/** One repository with two branches, which have the same folders. */
beforeEach(async () => {
  git = await createRevertTest();
  repo = `infra-${randomUUID().slice(0, 8)}`;
  const folders = (at: string) => ({
    'envs/dev/stack': `dev at ${at}`,
    'envs/prod/stack': `prod at ${at}`,
    'shared/stack': `shared at ${at}`,
  });
  main = await git.work.commit(folders('main'));
  await git.work.push();
  await git.work.git('checkout', '--quiet', '-b', 'release/1');
  release = await git.work.commit(folders('release'));
  await git.work.git('push', '--quiet', 'origin', 'release/1');
});
afterEach(async () => {
  await workers.stop();
  await git.remove();
});

/** Starts workers with this config, of which only its environments change from test to test. */
async function start(environments: string, dependsOn = '{}'): Promise<void> {
  const text = `git: {allow_local: true}
repos: [{name: ${repo}, url: ${JSON.stringify(git.repo.path)}, branch: main, depends_on: ${dependsOn}}]
environments:
${environments}`;
  const { settings } = await loadText(text);
  driver = aLiveDriver();
  const tools = () => Promise.reject(new Error('no tools here'));
  const overrides = { workbench: () => ({ git: git.test.cache, tools }) };
  workers = await startTestWorkers(temporal, {
    drivers: [driver],
    settings: settings.published,
    overrides,
  });
}

const FREE = 'policy: {approvals: {required: 0}}';
const stacksOf = async (name: string) => (await workers.store.stacks.list(name)).map(({ key }) => key);

describe('environments on two branches of one entry of repos', () => {
  it('are each applied from their branch, at its commit, and fetched once', async () => {
    await start(`  - {name: development, repo: ${repo}, paths: [envs/dev], ${FREE}}
  - {name: production, repo: ${repo}, ref: release/1, paths: [envs/prod], ${FREE}}
`);
    const onRelease = `${repo}@release~2f1`;
    await (await workers.sync(repo, { environment: 'dev' })).result();
    await (await workers.sync(onRelease, { environment: 'prod' })).result();
    expect(driver.applied).toEqual(['envs/dev: dev at main', 'envs/prod: prod at release']);
    expect(await workers.store.syncs.get(repo, 'envs/dev')).toMatchObject({ commit: main });
    expect(await workers.store.syncs.get(onRelease, 'envs/prod')).toMatchObject({ commit: release });
    expect(await readdir(git.test.rootDir)).toEqual([repo]);
    expect(await readdir(join(git.test.rootDir, repo))).toHaveLength(1);
  });

  it('have their folders on no other branch, and all others are on the entry’s own', async () => {
    await start(`  - {name: production, repo: ${repo}, ref: release/1, paths: [envs/prod], ${FREE}}
`);
    await (await workers.scan(repo)).result();
    await (await workers.scan(`${repo}@release~2f1`)).result();
    expect(await stacksOf(repo)).toEqual(['envs/dev', 'shared']);
    expect(await stacksOf(`${repo}@release~2f1`)).toEqual(['envs/prod']);
  });

  it('say which order across them is not kept, and whose turn it is', async () => {
    const environments = `  - {name: production, repo: ${repo}, ref: release/1, paths: [envs/prod], ${FREE}}
`;
    await start(environments, '{envs/dev: [envs/prod], envs/prod: [shared]}');
    const onRelease = `${repo}@release~2f1`;
    const warningsOf = async (name: string) => {
      const { task_id: id } = await (await workers.scan(name)).result();
      const events = await workers.store.events.list(id, 0, 99);
      return events.flatMap(({ kind, message }) => (kind === 'warning' ? [message] : []));
    };
    expect(await warningsOf(repo)).toEqual([
      `envs/dev of ${repo} should come after envs/prod, which is not a stack of ${repo}, but of ${onRelease}. Nothing of ${repo} waits for it: apply ${onRelease} first.`,
    ]);
    expect(await warningsOf(onRelease)).toEqual([
      `envs/prod of ${onRelease} should come after shared, which is not a stack of ${onRelease}, but of ${repo}. Nothing of ${onRelease} waits for it: apply ${repo} first.`,
    ]);
  });
});
