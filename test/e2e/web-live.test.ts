import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser, type Browser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { aSite, type Site } from '../support/plumbline.ts';
import { SHAPES, startShape, type RunningShape } from '../support/shapes.ts';
import { commitFiles, manyStacks, NOTING_TERRAFORM } from '../support/stacks-repo.ts';

const STACKS = 5;

describe.each(SHAPES)('the pages of a running Plumbline, with %s', (shape) => {
  let site: Site;
  let running: RunningShape;
  let browser: Browser;

  beforeAll(async () => {
    browser = await startBrowser();
    site = await aSite({});
    await commitFiles(join(site.dir, 'repo'), manyStacks(STACKS));
    await site.configure({
      repos: [{ name: 'infra', url: join(site.dir, 'repo') }],
      worker: { concurrency: 1 },
      toolchain: { terraform: { path: NOTING_TERRAFORM } },
      scan: { env: { PLAN_DELAY: '1' } },
    });
    running = await startShape(shape, site);
  });

  afterAll(async () => {
    await browser?.close();
    await running?.stop();
    await site?.remove();
  });

  it('follow a real scan from the button to its end, and show the plan that Terraform made', async () => {
    const { page, faults } = await browser.open();
    await page.goto(`${site.url}/repos/infra`);
    await page.getByRole('button', { name: 'Scan all stacks' }).click();
    const panel = page.getByRole('region', { name: 'Task', exact: true });
    const title = panel.getByRole('heading');
    await eventually(() => title.innerText()).toMatch(new RegExp(`^Scan: [1-4] of ${STACKS} stacks$`));
    await eventually(() => panel.getByRole('log').innerText()).toContain('stacks/s00');
    await eventually(() => title.innerText()).toBe(`Scan finished: ${STACKS} pending of ${STACKS} stacks`);
    await eventually(() => page.locator('[data-row-link]').count()).toBe(STACKS);

    // By key: the page moves while its last rows come in.
    await page.getByRole('link', { name: 'stacks/s03' }).press('Enter');
    await page.waitForURL('**/stacks/stacks/s03');
    await page.getByText('terraform_data.this').first().waitFor();
    const text = await page.locator('pre[aria-label="Plan text"]').innerText();
    expect(text).toContain('+ resource "terraform_data" "this" {');
    expect(text).toContain('Plan: 1 to add, 0 to change, 0 to destroy.');
    expect(faults).toEqual([]);
  });
});
