import { describe, expect, it } from 'vitest';
import { aStack, finishTask, storePlan, storeTask } from '../support/api-data.ts';
import { accessibilityFaults } from '../support/axe.ts';
import { guardedPages } from '../support/guarded-pages.ts';
import { presentPlan } from '../support/ui-control.ts';
import { editedTag, simplePlan } from '../support/ui-plans.ts';
import type { UiServer } from '../support/ui-server.ts';

const REPO = 'sandbox';
const LONG = aStack(`tenants/${'onlyonewordthatnevercomestoitsend'.repeat(6)}`);
const HEBREW = aStack('סביבות/ייצור');
const REASON = 'לא לפני השחרור (iam:PassRole)';
const NUMBER = '123456789012345678901234567890';

/** A change whose every text is as long, or as foreign, as it can be. */
const change = {
  ...editedTag,
  address: `module.${'x'.repeat(180)}["שלום"]`,
  severityReason: `${'w'.repeat(220)} ${REASON}`,
  attributes: [
    { ...editedTag.attributes[0]!, pointer: `/${'k'.repeat(150)}`, before: NUMBER, after: 'z'.repeat(400) },
    { ...editedTag.attributes[0]!, pointer: '/owner', before: NUMBER, after: 'שלום' },
  ],
};

async function seed({ store, temporal }: UiServer): Promise<void> {
  const task = await storeTask(store, REPO, [LONG, HEBREW]);
  for (const job of task.jobs) await storePlan(store, job, simplePlan('drifted', [change]));
  await finishTask(store, task.id);
  for (const { key } of [LONG, HEBREW]) {
    const approval = await presentPlan(store, REPO, key, {
      authors: ['אליס', 'alice@example.com', 'n'.repeat(120)],
      reasons: ['r'.repeat(300), REASON],
    });
    await temporal.decide(REPO, key, 'reject', {
      id: key,
      by: 'carol@example.com',
      digest: approval.digest,
      at: new Date().toISOString(),
      via: 'ui',
      signature: 'signed',
      reason: `${REASON} ${'q'.repeat(300)}`,
    });
  }
}

const pages = guardedPages(seed);

/** The repo, the task and both stacks: wherever such a name can stand. */
const PLACES = [
  '/?repo=sandbox',
  `/repos/${REPO}`,
  ...[LONG, HEBREW].map(({ key }) => `/repos/${REPO}/stacks/${key}`),
  '/approvals?status=all',
  '/environments/production',
  '/audit',
];

describe.each([1320, 900, 400])('names and reasons of any length and script, at %i pixels', (width) => {
  it.each(PLACES)('fit the window on %s', async (path) => {
    const { page, faults } = await pages.openAs('bob', path, { width });
    await page.locator('[data-row-link], summary').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(faults).toEqual([]);
  });
});

describe('a stack whose path is not made of Latin letters', () => {
  it('is called by its path on its page, in its title and in lists, and by its key where it is asked for', async () => {
    const { page, faults } = await pages.openAs('bob', `/repos/${REPO}`);
    const link = page.getByRole('link', { name: HEBREW.path });
    expect(await link.locator('bdi').getAttribute('title')).toBe(HEBREW.key);
    await link.click();
    await page.getByRole('heading', { level: 1, name: HEBREW.path }).waitFor();
    expect(await page.title()).toBe(`${HEBREW.path} · ${REPO} · Plumbline`);
    expect(new URL(page.url()).pathname).toBe(`/repos/${REPO}/stacks/${HEBREW.key}`);
    await page.reload();
    await page.getByRole('heading', { level: 1, name: HEBREW.path }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('keeps all digits of a number, and what is written from the right in its own place', async () => {
    const { page } = await pages.openAs('bob', `/repos/${REPO}/stacks/${HEBREW.key}`);
    const changes = page.getByRole('region', { name: 'Changes' });
    await changes.getByText(NUMBER, { exact: true }).first().waitFor();
    const quote = page.locator('bdi').filter({ hasText: REASON }).last();
    expect(await quote.evaluate((text) => getComputedStyle(text).direction)).toBe('rtl');
  });
});
