import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { startBrowser, type Browser } from '../support/browser.ts';

let api: ApiFixture;
let browser: Browser;

beforeAll(async () => {
  api = await apiFixture();
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
  await api?.close();
});

describe('the documentation in a browser', () => {
  it('shows every route under the strict policy, without a complaint of the browser', async () => {
    const url = await api.app.listen({ host: '127.0.0.1', port: 0 });
    const { page, faults } = await browser.open();
    await page.goto(`${url}/docs`);
    await page.getByRole('button', { name: 'get /api/health', exact: false }).first().click();
    await page.getByText('Default Response').first().waitFor();
    expect(await page.locator('.opblock').count()).toBeGreaterThan(15);
    expect(faults).toEqual([]);
  });
});
