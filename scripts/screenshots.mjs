// Makes the pictures of docs/images from real pages: the built UI, the real API on a real store, in Chromium.
// Run it with the Node of the project: npx node scripts/screenshots.mjs
import { fileURLToPath } from 'node:url';
import { setup as build } from '../test/support/build.ts';
import { startBrowser } from '../test/support/browser.ts';
import { FULL_STACK, seedCompany, UI_REPOS } from '../test/support/ui-data.ts';
import { PLAN_TEXT } from '../test/support/ui-plans.ts';
import { startUiServer } from '../test/support/ui-server.ts';
import { steppedScan } from '../test/support/ui-worker.ts';

/** As many stacks as edge-dns has. */
const ZONES = 14;

const PICTURES = [
  { name: 'dashboard', path: '/', ready: '[data-row-link]' },
  { name: 'repo', path: '/repos/edge-dns', ready: '[role=log] time' },
  { name: 'stack', path: `/repos/platform-infra/stacks/${FULL_STACK}`, ready: 'pre[aria-label="Plan text"]' },
];

build();
const server = await startUiServer({ repos: UI_REPOS });
await seedCompany(server.store, server.artifacts, PLAN_TEXT);
const scan = await steppedScan(server, { repo: 'edge-dns' }, ZONES);
await scan.plan(9);
await scan.begin(3);
const browser = await startBrowser();
try {
  for (const { name, path, ready } of PICTURES) {
    for (const scheme of ['light', 'dark']) {
      const { page } = await browser.open({ width: 1320, height: 860, scheme });
      await page.goto(server.url + path);
      await page.locator(ready).first().waitFor();
      const file = fileURLToPath(new URL(`../docs/images/${name}-${scheme}.png`, import.meta.url));
      await page.screenshot({ path: file });
      console.log(`wrote docs/images/${name}-${scheme}.png`);
    }
    await browser.closePages();
  }
} finally {
  await browser.close();
  await server.close();
}
