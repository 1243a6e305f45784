import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StackResource } from '../../src/domain/resources/resource.ts';
import { PlumblineError } from '../../src/util/errors.ts';
import { aResource } from '../support/a-resource.ts';
import { aPlan, aStack, finishTask, storePlan, storeTask } from '../support/api-data.ts';
import { aRepo } from '../support/api-settings.ts';
import { accessibilityFaults } from '../support/axe.ts';
import { startBrowser, type Browser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { startUiServer, type UiServer } from '../support/ui-server.ts';

const IMAGES = ['example.com/shop/web:1.4.2'];
const WEB = aResource('shop/Deployment.apps/web', {
  sync: 'drifted',
  health: {
    status: 'progressing',
    reason: '1 of 2 updated; container main of pod web-1-a ended with exit code 3',
  },
  images: IMAGES,
  written: { commit: '4f2a9c1d7be05a6633c8e1f0927d54ab8c1e3f70', attempt: 'homelab:apps/shop:1764000000000' },
});
const child = (address: string, parent: string, more: Partial<StackResource> = {}) =>
  aResource(address, { parent, sync: null, images: IMAGES, ...more });
const RESOURCES = [
  aResource('shop/ConfigMap/settings', { health: { status: 'healthy', reason: '' } }),
  WEB,
  child('shop/ReplicaSet.apps/web-1', WEB.address, { health: { status: 'progressing', reason: '' } }),
  child('shop/Pod/web-1-a', 'shop/ReplicaSet.apps/web-1', {
    health: { status: 'degraded', reason: 'container main ended with exit code 3: no space left on device' },
    ends: [{ container: 'main', exitCode: 3, reason: 'Error', message: 'no space left on device' }],
    events: [
      {
        type: 'Warning',
        reason: 'BackOff',
        message: 'Back-off restarting failed container',
        count: 4,
        at: '2026-11-20T09:04:00Z',
      },
    ],
  }),
  aResource('shop/Job.batch/migrate', { sync: null, isHook: true }),
  aResource('shop/Service/web'),
];

let server: UiServer;
let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
  server = await startUiServer({ repos: [aRepo({ name: 'homelab' })] });
  const stacks = ['apps/shop', 'apps/large'].map((path) => aStack(path, { kind: 'kubernetes' }));
  const task = await storeTask(server.store, 'homelab', stacks);
  for (const job of task.jobs) await storePlan(server.store, job, aPlan({ resources: [WEB] }));
  await finishTask(server.store, task.id);
});

beforeEach(() => {
  server.temporal.onInspect = async ({ key, orphans }) => {
    const resources = key === 'apps/large' ? manyResources() : RESOURCES;
    const found = orphans ? [aResource('shop/ConfigMap/by-hand', { sync: null, health: null })] : null;
    const at = new Date().toISOString();
    const notes = ['Secret in shop could not be listed'];
    await server.store.resources.looked('homelab', key, { resources, orphans: found, notes }, at);
    return { at, resources: resources.length, orphans: found?.length ?? null };
  };
});

afterEach(() => browser.closePages());

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

function manyResources(): StackResource[] {
  return Array.from({ length: 500 }, (_, index) => {
    const name = String(index).padStart(3, '0');
    const owner = aResource(`shop/Deployment.apps/web-${name}`, { sync: index === 7 ? 'drifted' : 'synced' });
    return [owner, child(`shop/Pod/web-${name}-a`, owner.address)];
  }).flat();
}

async function open(stack = 'apps/shop', scheme: 'light' | 'dark' = 'light') {
  const watched = await browser.open({ scheme });
  await watched.page.goto(`${server.url}/repos/homelab/stacks/${stack}`);
  const section = watched.page.getByRole('region', { name: 'Resources', exact: true });
  await section.getByRole('treeitem', { level: 1 }).first().waitFor();
  const names = async () =>
    (await section.getByRole('treeitem').allInnerTexts()).map((text) =>
      text.split('\n').slice(0, 2).join(' '),
    );
  return { ...watched, section, names };
}

describe.each(['light', 'dark'] as const)('the resources of a stack (%s)', (scheme) => {
  it('are a tree with where each object stands, opened where something needs a look', async () => {
    const { page, section, names, faults } = await open('apps/shop', scheme);
    await section.getByRole('treeitem', { name: /web-1-a/ }).click();
    expect(await names()).toEqual([
      'ConfigMap settings shop',
      'Deployment web shop',
      'ReplicaSet web-1',
      'Pod web-1-a',
      'Job migrate shop',
      'Service web shop',
    ]);
    const details = page.getByRole('complementary', { name: 'Details of shop/Pod/web-1-a' });
    const text = await details.innerText();
    expect(text).toContain('no space left on device');
    expect(text).toContain('example.com/shop/web:1.4.2');
    expect(text).toMatch(/BackOff Back-off restarting failed container\s+4 times/);
    expect(await section.innerText()).toContain('seen just now');
    expect(await section.innerText()).toContain('3 objects: 2 synced, 1 drifted; 2 progressing, 1 degraded');
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    if (process.env['PLUMBLINE_SCREENSHOTS'])
      await page.screenshot({
        path: `${process.env['PLUMBLINE_SCREENSHOTS']}/resources-${scheme}.png`,
        fullPage: true,
      });
  });
});

describe('the tree of resources', () => {
  it('is gone through by the keyboard alone', async () => {
    const { page, section, names, faults } = await open();
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');
    await section.getByRole('treeitem', { name: /settings/ }).focus();
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toContain('Deploymentweb');
    await page.keyboard.press('ArrowLeft');
    expect(await names()).not.toContain('ReplicaSet web-1');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toContain('ReplicaSetweb-1');
    await page.keyboard.press('End');
    expect(await focused()).toContain('Serviceweb');
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await page.getByRole('complementary', { name: 'Details of shop/ConfigMap/settings' }).waitFor();
    expect(await section.locator('[role="treeitem"][tabindex="0"]').count()).toBe(1);
    expect(faults).toEqual([]);
  });

  it('is searched, and cut down to what needs a look', async () => {
    const { section, names, faults } = await open();
    await section.getByRole('searchbox').fill('migrate');
    await eventually(names).toEqual(['Job migrate shop']);
    await section.getByRole('searchbox').fill('');
    await section.getByRole('switch', { name: 'Only what needs a look' }).click();
    await eventually(names).toEqual(['Deployment web shop', 'ReplicaSet web-1', 'Pod web-1-a']);
    expect(faults).toEqual([]);
  });

  it('lists what nobody declared when asked, and what could not be looked at', async () => {
    const { page, section, faults } = await open();
    await section.getByRole('switch', { name: 'What nobody declared' }).click();
    await section.getByText('shop/ConfigMap/by-hand').waitFor();
    await section.getByText('1 note').click();
    await section.getByText('Secret in shop could not be listed').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('stays, with the reason, while the cluster can’t be looked at', async () => {
    await open();
    server.temporal.onInspect = () => {
      throw new PlumblineError('cluster_unreachable', 'Cluster home does not answer.');
    };
    // What was found a moment ago is new enough for anybody.
    await server.store.resources.looked(
      'homelab',
      'apps/shop',
      { resources: RESOURCES, orphans: null, notes: [] },
      '2026-11-20T09:00:00.000Z',
    );
    const { page, section, names, faults } = await open();
    await section.getByText('Cluster home does not answer.').waitFor();
    expect(await names()).toContain('Pod web-1-a');
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('stays fast with 1,000 objects', async () => {
    const { page, section, names, faults } = await open('apps/large');
    await section.getByText('500 objects: 499 synced, 1 drifted').waitFor();
    await section.getByRole('button', { name: 'Show all 500 rows' }).click();
    const startedAt = Date.now();
    await section.getByRole('searchbox').fill('web-499-a');
    await eventually(names).toEqual(['Deployment web-499 shop', 'Pod web-499-a']);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    await section.getByRole('searchbox').fill('');
    await eventually(async () => (await names()).length).toBe(500);
    expect(await page.title()).toContain('apps/large');
    expect(faults).toEqual([]);
  });
});
