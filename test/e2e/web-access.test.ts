import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityFaults } from '../support/axe.ts';
import { startBrowser, type Browser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { FULL_STACK, seedCompany, UI_REPOS } from '../support/ui-data.ts';
import { PLAN_TEXT } from '../support/ui-plans.ts';
import { startUiServer, type UiServer } from '../support/ui-server.ts';
import { steppedScan, type SteppedScan } from '../support/ui-worker.ts';

let server: UiServer;
let browser: Browser;
let running: SteppedScan;

beforeAll(async () => {
  browser = await startBrowser();
  server = await startUiServer({ repos: UI_REPOS });
  await seedCompany(server.store, server.artifacts, PLAN_TEXT);
  running = await steppedScan(server, { repo: 'edge-dns' }, 9);
  await running.plan(4);
  await running.begin(2);
});

afterEach(() => browser.closePages());

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

const PAGES = [
  { what: 'the dashboard', path: '/', ready: '[data-row-link]' },
  { what: 'the dashboard without a match', path: '/?q=nothing-like-it', ready: 'text=No stack matches' },
  { what: 'a repo', path: '/repos/platform-infra', ready: '[data-row-link]' },
  { what: 'a repo with a running task', path: '/repos/edge-dns', ready: '[role=log] time' },
  { what: 'a repo that was never scanned', path: '/repos/sandbox', ready: 'text="Not scanned yet"' },
  {
    what: 'a stack',
    path: `/repos/platform-infra/stacks/${FULL_STACK}`,
    ready: 'pre[aria-label="Plan text"]',
  },
  { what: 'a stack that failed', path: '/repos/platform-infra/stacks/envs/prod/iam', ready: 'pre' },
];

const LOOKS = [
  { scheme: 'light', width: 1320 },
  { scheme: 'dark', width: 1320 },
  { scheme: 'light', width: 400 },
  { scheme: 'dark', width: 400 },
] as const;

describe.each(LOOKS)('in $scheme at $width pixels', ({ scheme, width }) => {
  it.each(PAGES)(
    '$what has no fault that axe-core finds, fits the window, and reports no error',
    async (place) => {
      const { page, faults } = await browser.open({ scheme, width });
      await page.goto(server.url + place.path);
      await page.locator(place.ready).first().waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      expect(faults).toEqual([]);
    },
  );
});

describe('dialogs and menus', () => {
  it.each(['light', 'dark'] as const)('have no fault that axe-core finds in %s', async (scheme) => {
    const { page, faults } = await browser.open({ scheme });
    await page.goto(server.url);
    await page.getByRole('search').getByRole('button', { name: 'Severity' }).click();
    await page.getByRole('checkbox', { name: /High/ }).check();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
  });
});

describe('the theme', () => {
  const scheme = `document.documentElement.getAttribute('data-mantine-color-scheme')`;

  it('follows the system until one is chosen, and remembers the choice', async () => {
    const { page, faults } = await browser.open({ scheme: 'dark' });
    await page.goto(server.url);
    expect(await page.evaluate(scheme)).toBe('dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await eventually(() => page.evaluate(scheme)).toBe('light');
    await page.getByRole('button', { name: 'Use the dark theme' }).click();
    await eventually(() => page.evaluate(scheme)).toBe('dark');
    await page.reload({ waitUntil: 'commit' });
    await page.locator('#root').waitFor({ state: 'attached' });
    expect(await page.evaluate(scheme)).toBe('dark');
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(15, 18, 22)');
    await page.getByRole('button', { name: 'Use the light theme' }).waitFor();
    await page.evaluate('localStorage.clear()');
    expect(faults).toEqual([]);
  });
});

describe('the Content-Security-Policy', () => {
  it('allows own scripts only and styles with a fresh nonce, and the pages ask nobody else for anything', async () => {
    const { page, faults } = await browser.open();
    const asked = new Set<string>();
    page.on('request', (request) => asked.add(new URL(request.url()).origin));
    const answer = await page.goto(server.url);
    const policy = answer?.headers()['content-security-policy'] ?? '';
    await page.locator('[data-row-link]').first().waitFor();
    const nonce = await page.locator('meta[name="csp-nonce"]').getAttribute('content');
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain(`style-src 'self' 'nonce-${nonce}'`);
    expect(policy).not.toContain('unsafe');
    expect([...asked]).toEqual([server.url]);
    expect(faults).toEqual([]);
  });
});
