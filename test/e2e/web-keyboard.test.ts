import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser, type Browser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { focused, tabTo } from '../support/keyboard.ts';
import { FULL_STACK, seedCompany, UI_REPOS } from '../support/ui-data.ts';
import { PLAN_TEXT } from '../support/ui-plans.ts';
import { startUiServer, type UiServer } from '../support/ui-server.ts';

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
  await watched.page.locator('[data-row-link], details').first().waitFor();
  return watched;
}

describe('the pages by keyboard alone', () => {
  it('skip to the content by the first Tab', async () => {
    const { page } = await open('/');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
  });

  it('reach everything by Tab with a focus that can be seen: totals, repos, filters, columns, stacks', async () => {
    const { page } = await open('/');
    await tabTo(page, '2 Errored');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await tabTo(page, 'platform-infra');
    await tabTo(page, 'Search stacks');
    await tabTo(page, 'Severity');
    await page.keyboard.press('Enter');
    await page.getByRole('checkbox', { name: /Critical/ }).waitFor();
    await eventually(() => page.evaluate('document.activeElement.type')).toBe('checkbox');
    await page.keyboard.press('Space');
    await page.keyboard.press('Escape');
    await eventually(() => focused(page)).toBe('Severity: Critical');
    await tabTo(page, 'Last scan');
    await tabTo(page, `platform-infra / ${FULL_STACK}`);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: FULL_STACK }).waitFor();
  });

  it('search with /, go down and up the list with j and k, and open a stack with Enter', async () => {
    const { page } = await open('/');
    await page.keyboard.press('/');
    expect(await focused(page)).toBe('Search stacks');
    await page.keyboard.type('us-east');
    await eventually(() => page.locator('[data-row-link]').count()).toBe(1);
    await page.keyboard.press('Escape');
    await eventually(() => page.locator('[data-row-link]').count()).toBe(11);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    expect(await focused(page)).toBe('data-platform / live/prod/warehouse');
    await page.keyboard.press('k');
    expect(await focused(page)).toBe(`platform-infra / ${FULL_STACK}`);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: FULL_STACK }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
  });

  it('go to the repo with g r and to the dashboard with g d', async () => {
    const { page } = await open(`/repos/platform-infra/stacks/${FULL_STACK}`);
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await page.getByRole('heading', { level: 1, name: 'platform-infra' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('d');
    await page.getByRole('heading', { level: 1, name: 'Dashboard' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/');
  });

  it('list the shortcuts with ?, and let them be turned off', async () => {
    const { page } = await open('/');
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await dialog.getByText('Search on this page').waitFor();
    await dialog.getByRole('switch', { name: 'Single-key shortcuts' }).click();
    await page.keyboard.press('Escape');
    await eventually(() => dialog.count()).toBe(0);
    await page.keyboard.press('/');
    expect(await focused(page)).not.toBe('Search stacks');
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
    await dialog.getByRole('switch', { name: 'Single-key shortcuts' }).click();
  });

  it('leave keys alone that are typed into a field', async () => {
    const { page } = await open('/');
    await page.keyboard.press('/');
    await page.keyboard.type('gd?t/jk');
    expect(await page.getByRole('searchbox').inputValue()).toBe('gd?t/jk');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('open and close a change with Enter', async () => {
    const { page } = await open(`/repos/platform-infra/stacks/${FULL_STACK}`);
    const first = page.getByRole('region', { name: 'Changes' }).locator('details').first();
    await first.locator('summary').focus();
    expect(await first.getAttribute('open')).not.toBeNull();
    await page.keyboard.press('Enter');
    await eventually(() => first.getAttribute('open')).toBeNull();
  });
});
