import { aToken } from '../support/a-token.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser, type Browser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { seedCompany, UI_REPOS } from '../support/ui-data.ts';
import { PLAN_TEXT } from '../support/ui-plans.ts';
import { startUiServer, type UiServer } from '../support/ui-server.ts';
import { steppedScan, type SteppedScan } from '../support/ui-worker.ts';

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

async function open(path: string, from: UiServer = server) {
  const watched = await browser.open();
  await watched.page.goto(from.url + path);
  const panel = watched.page.getByRole('region', { name: 'Task', exact: true });
  return { ...watched, panel, title: panel.getByRole('heading') };
}

/** The scan that the next request starts. */
function nextScan(stacks: number): Promise<SteppedScan> {
  return new Promise((resolve, reject) => {
    server.temporal.onStart = (input) => {
      steppedScan(server, input, stacks).then(resolve, reject);
    };
  });
}

describe('the repo page', () => {
  it('follows a scan live from the button to its end', async () => {
    const { page, panel, title, faults } = await open('/repos/sandbox');
    await page.getByText('Not scanned yet', { exact: true }).waitFor();
    const started = nextScan(12);
    await page.getByRole('button', { name: 'Scan all stacks' }).click();
    const scan = await started;
    await eventually(() => title.innerText()).toBe('Scan: 0 of 12 stacks');
    expect(await page.getByRole('button', { name: 'Scanning' }).isDisabled()).toBe(true);

    await scan.plan(5);
    await eventually(() => title.innerText()).toBe('Scan: 5 of 12 stacks');
    expect(await panel.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('41');
    await eventually(() => panel.getByRole('log').innerText()).toContain('live/stack-5');

    await scan.plan(7);
    await scan.finish();
    await eventually(() => title.innerText()).toBe('Scan finished: 4 drifted of 12 stacks');
    await eventually(() => page.locator('[data-row-link]').count()).toBe(12);
    await eventually(() => page.getByRole('button', { name: 'Scan all stacks' }).isEnabled()).toBe(true);
    await expect
      .poll(() => page.getByText('Scan finished: 4 drifted of 12 stacks').count())
      .toBeGreaterThan(1);
    await panel.getByRole('button', { name: 'Close' }).click();
    expect(await panel.count()).toBe(0);
    expect(faults).toEqual([]);
  });

  it('goes on following after the stream broke, without losing or repeating a line', async () => {
    const scan = await steppedScan(server, { repo: 'network-core' }, 6);
    await scan.plan(2);
    const watched = await browser.open();
    const { page } = watched;
    let cuts = 0;
    await page.route('**/events', async (route) => {
      cuts += 1;
      if (cuts > 1) return route.continue();
      const task = await server.store.tasks.get(scan.id);
      const [first] = await server.store.events.list(scan.id, 0, 1);
      const line = {
        type: 'log',
        seq: first!.seq,
        stack: null,
        kind: 'progress',
        message: first!.message,
        at: first!.at,
      };
      expect(task?.status).toBe('running');
      return route.fulfill({
        contentType: 'text/event-stream',
        body: `id: ${first!.seq}\ndata: ${JSON.stringify(line)}\n\n`,
      });
    });
    await page.goto(`${server.url}/repos/network-core`);
    const log = page.getByRole('log');
    await eventually(() => log.innerText()).toContain('live/stack-2');
    await scan.plan(4);
    await scan.finish();
    await eventually(() => log.innerText()).toContain('live/stack-6');
    expect((await log.innerText()).match(/found 6 stacks/g)).toHaveLength(1);
    expect(cuts).toBeGreaterThan(1);
    expect(watched.faults).toEqual([]);
  });

  it('cancels a running task', async () => {
    const scan = await steppedScan(server, { repo: 'edge-dns' }, 5);
    server.temporal.running.set('edge-dns', { runId: 'run-1', startedAt: new Date().toISOString() });
    const { panel, title } = await open('/repos/edge-dns');
    await panel.getByRole('button', { name: 'Cancel' }).click();
    await eventually(() => server.temporal.cancelled.map(({ repo }) => repo)).toContain('edge-dns');
    const error = { code: 'cancelled', message: 'Somebody cancelled the scan.' };
    await server.store.tasks.finish(scan.id, { status: 'failed', error }, new Date().toISOString());
    await eventually(() => title.innerText()).toContain('Scan ended with failures');
    expect(await panel.innerText()).toContain('Somebody cancelled the scan.');
  });

  it('follows the running task when a scan is asked for on a busy repo', async () => {
    const { page, title } = await open('/repos/data-platform');
    await page.getByRole('button', { name: 'Scan all stacks' }).waitFor();
    const scan = await steppedScan(server, { repo: 'data-platform' }, 4);
    server.temporal.running.set('data-platform', { runId: 'run-1', startedAt: new Date().toISOString() });
    await page.getByRole('button', { name: 'Scan all stacks' }).click();
    await page.getByText('A scan is already running').waitFor();
    await eventually(() => title.innerText()).toBe('Scan: 0 of 4 stacks');
    await scan.plan(4);
    await scan.finish();
    await eventually(() => title.innerText()).toBe('Scan finished: 1 drifted of 4 stacks');
    expect(server.temporal.running.has('data-platform')).toBe(false);
  });

  it('says why a scan did not start', async () => {
    server.temporal.down = true;
    const { page } = await open('/repos/payments-infra');
    await page.getByRole('button', { name: 'Scan all stacks' }).click();
    await page.getByText('The scan did not start').waitFor();
    expect(await page.getByRole('button', { name: 'Scan all stacks' }).isEnabled()).toBe(true);
    server.temporal.down = false;
  });

  it('lists the tasks, and the jobs of a task with those that failed first', async () => {
    const { page, faults } = await open('/repos/payments-infra');
    const task = page.getByRole('listitem').filter({ hasText: 'Scan ended with failures' });
    await task.locator('summary').click();
    await task.getByText('2 of 2 stacks could not be planned.').waitFor();
    await task.getByRole('link', { name: 'accounts/ledger' }).waitFor();
    await task.getByRole('link', { name: 'Open this task' }).click();
    await page.getByRole('heading', { level: 1, name: /^Task payments-infra:\d+$/ }).waitFor();
    await page.getByRole('link', { name: 'accounts/settlement' }).waitFor();
    expect(faults).toEqual([]);
  });

  it('says that a repo does not exist', async () => {
    const { page } = await open('/repos/nobody-knows-it');
    await page.getByText('The repo nobody-knows-it does not exist').waitFor();
    expect(await page.title()).toBe('Not found · Plumbline');
  });
});

describe('a server with tokens', () => {
  it('asks for a token, says when it is refused, keeps it for the tab, and follows tasks with it', async () => {
    const auth = { mode: 'tokens' as const, tokens: [aToken('ops', 'right-token')], oidc: [] };
    const locked = await startUiServer({ repos: UI_REPOS, auth });
    const { page, title } = await open('/repos/sandbox', locked);
    const field = page.getByLabel('API token');
    await field.waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('The repo sandbox can be seen once you have signed in').waitFor();
    await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
    await field.fill('wrong-token');
    await page.keyboard.press('Enter');
    await page.getByText('The server refused the token that was given.').waitFor();
    await field.fill('right-token');
    await page.keyboard.press('Enter');
    await page.getByText('Not scanned yet', { exact: true }).waitFor();
    const scan = await steppedScan(locked, { repo: 'sandbox' }, 3);
    await page.reload();
    await eventually(() => title.innerText()).toBe('Scan: 0 of 3 stacks');
    await scan.plan(3);
    await scan.finish();
    await eventually(() => title.innerText()).toBe('Scan finished: 1 drifted of 3 stacks');
    expect(await page.evaluate('localStorage.length + ":" + sessionStorage.length')).toMatch(/:1$/);
    await locked.close();
  });
});
