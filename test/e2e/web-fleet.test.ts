import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { aRepo } from '../support/api-settings.ts';
import { startBrowser, type Browser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { seedFleet } from '../support/ui-data.ts';
import { startUiServer, type UiServer } from '../support/ui-server.ts';

const STACKS = 2_000;
/** What stands in the document at most, whatever the number of stacks. */
const MOST_ROWS = 60;

let server: UiServer;
let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
  server = await startUiServer({ repos: [aRepo({ name: 'fleet' })] });
  await seedFleet(server.store, 'fleet', STACKS);
});

afterEach(() => browser.closePages());

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

describe('a repo of 2,000 stacks', () => {
  it('keeps the number of rows in the document small while all of them can be scrolled to', async () => {
    const { page, faults } = await browser.open();
    await page.goto(`${server.url}/repos/fleet`);
    const rows = page.locator('[data-row-link]');
    await rows.first().waitFor();
    const table = page.getByRole('table', { name: 'Stacks of fleet' });
    expect(await table.getAttribute('aria-rowcount')).toBe(String(STACKS + 1));
    expect(await rows.count()).toBeLessThan(MOST_ROWS);
    await page.getByRole('columnheader', { name: 'Stack' }).getByRole('button').click();
    await eventually(() => rows.first().innerText()).toBe('tenants/tenant-0001/app');
    const last = page.getByRole('link', { name: 'tenants/tenant-2000/data' });
    await page.getByRole('heading', { name: 'Tasks' }).scrollIntoViewIfNeeded();
    await last.waitFor();
    expect(await rows.count()).toBeLessThan(MOST_ROWS);
    expect(await page.locator('[role=row]').last().getAttribute('aria-rowindex')).toBe(String(STACKS + 1));
    expect(faults).toEqual([]);
  });

  it('answers while somebody types into the search', async () => {
    const { page, faults } = await browser.open();
    await page.goto(`${server.url}/repos/fleet`);
    const rows = page.locator('[data-row-link]');
    await rows.first().waitFor();
    const search = page.getByRole('searchbox');
    await search.pressSequentially('tenant-1234');
    expect(await search.inputValue()).toBe('tenant-1234');
    await eventually(() => rows.allInnerTexts()).toEqual(['tenants/tenant-1234/data']);
    await search.fill('');
    await eventually(() => page.getByText('2,000 stacks').count()).toBe(1);
    expect(faults).toEqual([]);
  });

  it('goes down the list by j past what was in the document at first', async () => {
    const { page, faults } = await browser.open();
    await page.goto(`${server.url}/repos/fleet?sort=stack`);
    await page.getByRole('link', { name: 'tenants/tenant-0001/app' }).waitFor();
    for (let presses = 0; presses < 70; presses += 1) {
      await page.keyboard.press('j');
      // The next rows come into the document with the next frame, as they do between two keys of a person.
      await page.evaluate(
        'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))',
      );
    }
    expect(await page.evaluate('document.activeElement.innerText')).toBe('tenants/tenant-0070/data');
    expect(faults).toEqual([]);
  });

  it('shows them all on the dashboard, those that need attention in its table', async () => {
    const { page, faults } = await browser.open();
    await page.goto(server.url);
    await page.getByText('442 of 2,000 stacks').waitFor();
    await page.getByRole('button', { name: '1,558 In sync' }).click();
    await page.getByText('1,558 of 2,000 stacks').waitFor();
    expect(await page.locator('[data-row-link]').count()).toBeLessThan(MOST_ROWS);
    expect(faults).toEqual([]);
  });
});
