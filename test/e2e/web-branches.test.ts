import { afterAll, beforeAll, expect, it } from 'vitest';
import { aRepo } from '../support/api-settings.ts';
import { startBrowser, type Browser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { startUiServer, type UiServer } from '../support/ui-server.ts';
import { steppedScan } from '../support/ui-worker.ts';

const BRANCH = 'sandbox@release~2f1.2';

let server: UiServer;
let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
  const names = ['sandbox', BRANCH];
  server = await startUiServer({ repos: names.map((name) => aRepo({ name })) });
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

it('shows the repo of an environment’s branch from the dashboard to its task and its stack', async () => {
  const { page, faults } = await browser.open();
  await page.goto(server.url);
  await page.getByRole('link', { name: BRANCH, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: BRANCH, exact: true }).waitFor();
  server.temporal.onStart = async (input) => {
    const scan = await steppedScan(server, input, 1);
    await scan.plan(1);
    await scan.finish();
  };
  await page.getByRole('button', { name: 'Scan all stacks' }).click();
  const panel = page.getByRole('region', { name: 'Task', exact: true });
  await eventually(() => panel.getByRole('heading').innerText()).toContain('Scan finished');
  const [task] = await server.store.tasks.list({ repo: BRANCH, limit: 1 });
  await page.goto(`${server.url}/tasks/${encodeURIComponent(task!.id)}`);
  await page.getByRole('link', { name: BRANCH }).first().waitFor();
  await page.goto(`${server.url}/repos/${BRANCH}/stacks/live/stack-1`);
  await page.getByRole('heading', { level: 1, name: 'live/stack-1' }).waitFor();
  expect(await page.getByRole('link', { name: BRANCH }).count()).toBeGreaterThan(0);
  expect(faults).toEqual([]);
});
