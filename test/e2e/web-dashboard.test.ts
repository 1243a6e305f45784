import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser, type Browser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { seedCompany, UI_REPOS } from '../support/ui-data.ts';
import { PLAN_TEXT } from '../support/ui-plans.ts';
import { startUiServer, type UiServer } from '../support/ui-server.ts';
import { steppedScan } from '../support/ui-worker.ts';

let server: UiServer;
let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
  server = await startUiServer({ repos: UI_REPOS });
  await seedCompany(server.store, server.artifacts, PLAN_TEXT);
});

afterEach(() => browser.closePages());

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

async function open(path: string) {
  const watched = await browser.open();
  await watched.page.goto(server.url + path);
  await watched.page.getByRole('heading', { level: 1 }).waitFor();
  const rows = watched.page.locator('[data-row-link]');
  return { ...watched, rows };
}

describe('the dashboard', () => {
  it('shows every repo, the totals, and the stacks that need attention with the worst first', async () => {
    const { page, rows, faults } = await open('/');
    await rows.first().waitFor();
    expect(await rows.allInnerTexts()).toHaveLength(11);
    expect(await rows.first().innerText()).toBe('platform-infra / envs/prod/network');
    const totals = page.getByRole('group', { name: 'Stacks by status' });
    expect(
      (await totals.getByRole('button').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ')),
    ).toEqual(['5 Drifted', '5 Pending', '2 Errored', '1 Unknown', '24 In sync']);
    for (const { name } of UI_REPOS)
      expect(await page.getByRole('link', { name, exact: true }).count()).toBe(1);
    expect(
      await page
        .getByRole('img', { name: 'Stacks of network-core: 1 drifted, 1 pending, 3 in sync' })
        .count(),
    ).toBe(1);
    expect(await page.title()).toBe('Dashboard · Plumbline');
    expect(faults).toEqual([]);
  });

  it('narrows to a status by its total, keeps it in the URL, and undoes it by a second press', async () => {
    const { page, rows, faults } = await open('/');
    const errored = page.getByRole('button', { name: '2 Errored' });
    await errored.click();
    await eventually(() => rows.count()).toBe(2);
    expect(new URL(page.url()).search).toBe('?status=errored');
    expect(await errored.getAttribute('aria-pressed')).toBe('true');
    await page.reload();
    await eventually(() => rows.count()).toBe(2);
    await errored.click();
    await eventually(() => rows.count()).toBe(11);
    expect(new URL(page.url()).search).toBe('');
    expect(faults).toEqual([]);
  });

  it('opens a deep link with search, filters and order as it was shared', async () => {
    const { page, rows, faults } = await open(
      '/?status=drifted,pending&kind=terragrunt,opentofu&q=prod&sort=stack',
    );
    await expect
      .poll(() => rows.allInnerTexts())
      .toEqual(['data-platform / live/prod/airflow', 'data-platform / live/prod/warehouse']);
    expect(await page.getByRole('searchbox').inputValue()).toBe('prod');
    expect(await page.getByRole('button', { name: 'Kind: opentofu, terragrunt' }).count()).toBe(1);
    await page.getByRole('button', { name: 'Clear all' }).click();
    await eventually(() => rows.count()).toBe(11);
    expect(faults).toEqual([]);
  });

  it('filters by severity and repo, and says so when nothing matches', async () => {
    const { page, rows, faults } = await open('/');
    const filters = page.getByRole('search');
    await filters.getByRole('button', { name: 'Severity' }).click();
    await page.getByRole('checkbox', { name: /Critical/ }).check();
    await page.getByRole('checkbox', { name: /High/ }).check();
    await page.keyboard.press('Escape');
    await eventually(() => rows.count()).toBe(3);
    await filters.getByRole('button', { name: 'Repo' }).click();
    await page.getByRole('checkbox', { name: /platform-infra/ }).check();
    await page.keyboard.press('Escape');
    await eventually(() => rows.count()).toBe(2);
    expect(new URL(page.url()).search).toBe('?severity=critical%2Chigh&repo=platform-infra');
    await page.getByRole('searchbox').fill('no such stack');
    await page.getByText('No stack matches').waitFor();
    expect(faults).toEqual([]);
  });

  it('sorts by a column, and the other way at the second press', async () => {
    const { page, rows, faults } = await open('/');
    const stack = page.getByRole('columnheader', { name: 'Stack' });
    await stack.getByRole('button').click();
    await eventually(() => rows.first().innerText()).toBe('data-platform / live/prod/airflow');
    expect(await stack.getAttribute('aria-sort')).toBe('ascending');
    await stack.getByRole('button').click();
    await eventually(() => rows.first().innerText()).toBe('platform-infra / monitoring');
    expect(new URL(page.url()).search).toBe('?sort=-stack');
    expect(faults).toEqual([]);
  });

  it('follows a running task on its repo by a progress bar', async () => {
    const { page, faults } = await open('/');
    const scan = await steppedScan(server, { repo: 'sandbox' }, 8);
    await scan.plan(2);
    await page.reload();
    const bar = page.getByRole('progressbar', { name: 'Progress of sandbox' });
    await eventually(() => bar.getAttribute('aria-valuetext')).toBe('Scan: 2 of 8 stacks');
    await scan.plan(4);
    await eventually(() => bar.getAttribute('aria-valuenow')).toBe('75');
    await scan.plan(2);
    await scan.finish();
    await eventually(() => bar.count()).toBe(0);
    expect(faults).toEqual([]);
  });
});

describe('the dashboard in trouble', () => {
  it('keeps the last data when the server does not answer, says so, and recovers by itself', async () => {
    const { page, rows } = await open('/?repo=platform-infra');
    await rows.first().waitFor();
    const before = await rows.allInnerTexts();
    await page.route('**/api/**', (route) => route.abort());
    const banner = page.getByText('The server does not answer.');
    await eventually(() => banner.isVisible()).toBe(true);
    expect(await rows.allInnerTexts()).toEqual(before);
    await page.unroute('**/api/**');
    await eventually(() => banner.count()).toBe(0);
  });

  it('says what failed when there is no data at all, and loads it on request', async () => {
    const { page } = await browser.open();
    await page.route('**/api/**', (route) => route.abort());
    await page.goto(server.url);
    await page.getByText('The dashboard could not be loaded').waitFor();
    await page.unroute('**/api/**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('link', { name: 'platform-infra', exact: true }).waitFor();
    expect(await page.getByText('could not be loaded').count()).toBe(0);
  });

  it('says that Temporal is not reachable while everything can still be read', async () => {
    server.temporal.down = true;
    const { page } = await open('/');
    await page.getByText('Temporal unreachable').waitFor();
    const repo = page.getByRole('link', { name: 'platform-infra', exact: true });
    await repo.waitFor();
    expect(await repo.isVisible()).toBe(true);
    server.temporal.down = false;
  });

  it('tells how to add the first repo when the config names none', async () => {
    const empty = await startUiServer({ repos: [] });
    const { page, faults } = await browser.open();
    await page.goto(empty.url);
    await page.getByText('No repos yet').waitFor();
    expect(await page.locator('pre').innerText()).toContain('repos:\n  - name: my-infra');
    expect(faults).toEqual([]);
    await empty.close();
  });
});
