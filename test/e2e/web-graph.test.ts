import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { aChange, aPlan, aStack, finishTask, storePlan, storeTask } from '../support/api-data.ts';
import { aRepo } from '../support/api-settings.ts';
import { accessibilityFaults } from '../support/axe.ts';
import { startBrowser, type Browser } from '../support/browser.ts';
import { startUiServer, type UiServer } from '../support/ui-server.ts';

const CLEAN = aPlan({ status: 'in_sync', changes: [], drift: 0, severity: null });
const PENDING = aPlan({ status: 'pending', changes: [aChange({ cause: 'pending' })], drift: 0, pending: 1 });

let server: UiServer;
let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
  server = await startUiServer({ repos: ['homelab', 'fleet', 'flat'].map((name) => aRepo({ name })) });
  await store('homelab', {
    'infrastructure/controllers': [],
    'infrastructure/sources': [],
    'apps/shop': ['infrastructure/controllers', 'infrastructure/sources'],
    'apps/report': ['apps/shop'],
    'apps/alone': [],
  });
  const apps = Array.from({ length: 199 }, (_, index) => [`apps/${index}`, ['base']] as const);
  await store('fleet', { base: [], ...Object.fromEntries(apps) });
  await store('flat', { one: [] });
});

afterEach(() => browser.closePages());

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** Stacks by what they need; the first and all that need it have drifted or wait to be applied. */
async function store(repo: string, needs: Record<string, readonly string[]>): Promise<void> {
  const stacks = Object.entries(needs).map(([key, dependsOn]) => aStack(key, { dependsOn: [...dependsOn] }));
  const task = await storeTask(server.store, repo, stacks);
  for (const [index, job] of task.jobs.entries()) {
    await storePlan(
      server.store,
      job,
      /sources|alone|one/.test(stacks[index]!.key) ? CLEAN : index === 0 ? aPlan() : PENDING,
    );
  }
  await finishTask(server.store, task.id);
}

async function open(repo: string, scheme: 'light' | 'dark' = 'light') {
  const watched = await browser.open({ scheme });
  await watched.page.goto(`${server.url}/repos/${repo}`);
  await watched.page.getByRole('heading', { name: 'Stacks' }).waitFor();
  return { ...watched, section: watched.page.getByRole('region', { name: 'Dependencies' }) };
}

describe.each(['light', 'dark'] as const)('the dependencies of a repo (%s)', (scheme) => {
  it('are a list that says what each stack needs, and why it waits', async () => {
    const { page, section, faults } = await open('homelab', scheme);
    await section.getByText('2 stacks wait, 1 without dependencies').waitFor();
    const items = await section.getByRole('listitem').allInnerTexts();
    expect(items.map((text) => text.replaceAll(/\s+/g, ' '))).toEqual([
      'infrastructure/controllers Drifted 1 drifted',
      'infrastructure/sources In sync ready',
      'apps/shop Pending waits for infrastructure/controllers Needs infrastructure/controllers, infrastructure/sources.',
      'apps/report Pending waits for apps/shop, which waits for infrastructure/controllers Needs apps/shop.',
    ]);
    expect(await section.locator('svg[focusable] > path').count()).toBe(3);
    expect(await section.locator('svg[focusable] > path[data-blocks]').count()).toBe(2);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    if (process.env['PLUMBLINE_SCREENSHOTS'])
      await page.screenshot({
        path: `${process.env['PLUMBLINE_SCREENSHOTS']}/graph-${scheme}.png`,
        fullPage: true,
      });
  });
});

describe('the dependencies of a repo', () => {
  it('are drawn for 200 stacks, and lead to their pages by the keyboard', async () => {
    const { page, section, faults } = await open('fleet');
    await section.getByText('199 stacks wait').waitFor();
    expect(await section.getByRole('listitem').count()).toBe(200);
    await section.getByRole('link', { name: 'apps/42', exact: true }).press('Enter');
    await page.waitForURL('**/repos/fleet/stacks/apps/42');
    expect(faults).toEqual([]);
  });

  it('are left out where no stack needs another', async () => {
    const { page, section, faults } = await open('flat');
    await page.getByRole('table').waitFor();
    expect(await section.count()).toBe(0);
    expect(faults).toEqual([]);
  });
});
