import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { guardedPages } from '../support/guarded-pages.ts';
import { focused, tabTo } from '../support/keyboard.ts';
import { seedApprovals, seedAudit } from '../support/ui-company.ts';
import { steppedScan, type SteppedScan } from '../support/ui-worker.ts';

let scan: SteppedScan;

const pages = guardedPages(async (server) => {
  await seedApprovals(server);
  await seedAudit(server.store);
  scan = await steppedScan(server, { repo: 'edge-dns' }, 14);
  await scan.plan(12);
});

const outline = 'getComputedStyle(document.activeElement).outlineStyle';

/** Waits for the dialog and its field, in which one can write at once. */
async function dialogIsOpen(page: Page, name: string): Promise<void> {
  await page.getByRole('dialog', { name }).waitFor();
  await eventually(() => page.evaluate('document.activeElement.tagName')).toBe('TEXTAREA');
}

describe('by keyboard alone', () => {
  it('a plan is approved, by a dialog that keeps the focus while it is open and gives it back', async () => {
    const { page, faults } = await pages.openAs('bob', '/approvals');
    await page.getByRole('button', { name: 'Approve' }).first().waitFor();
    await tabTo(page, 'Approve');
    expect(await page.evaluate(outline)).toBe('solid');
    await page.keyboard.press('Enter');
    await dialogIsOpen(page, 'Approve this plan');
    for (let presses = 0; presses < 6; presses += 1) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(`document.activeElement.closest('[role="dialog"]') !== null`)).toBe(true);
    }
    await page.keyboard.press('Escape');
    await eventually(() => page.getByRole('dialog').count()).toBe(0);
    await eventually(() => focused(page)).toBe('Approve');

    await page.keyboard.press('Enter');
    await dialogIsOpen(page, 'Approve this plan');
    await page.keyboard.type('read line by line');
    await tabTo(page, 'Approve');
    await page.keyboard.press('Enter');
    await page.getByText('“read line by line”').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(`document.activeElement.closest('article') !== null`)).toBe(true);
    expect(faults).toEqual([]);
  });

  it('a plan is rejected with a reason, which is asked for when it is missing', async () => {
    const { page, faults } = await pages.openAs('carol', '/approvals?environment=staging');
    await page.getByRole('button', { name: 'Reject' }).first().waitFor();
    await tabTo(page, 'Reject');
    await page.keyboard.press('Enter');
    await dialogIsOpen(page, 'Reject this plan');
    await tabTo(page, 'Reject');
    await page.keyboard.press('Enter');
    await page.getByText('Say why').waitFor();
    await eventually(() => page.evaluate('document.activeElement.tagName')).toBe('TEXTAREA');
    await page.keyboard.type('not before the release');
    await tabTo(page, 'Reject');
    await page.keyboard.press('Enter');
    await page.getByText('“not before the release”').waitFor();
    expect(faults).toEqual([]);
  });

  it('the audit records are narrowed, and one is opened', async () => {
    const { page, faults } = await pages.openAs('bob', '/audit');
    const rows = page.locator('summary').filter({ has: page.locator('time') });
    await rows.first().waitFor();
    await tabTo(page, 'Who');
    await page.keyboard.type('alice@example.com');
    await tabTo(page, 'What');
    await page.keyboard.type('Decision refused');
    const params = () => Object.fromEntries(new URL(page.url()).searchParams);
    await eventually(params).toEqual({ actor: 'alice@example.com', action: 'decision.refused' });
    await eventually(() => rows.count()).toBe(1);
    await page.keyboard.press('Tab');
    await tabTo(page, (await rows.first().innerText()).replaceAll(/\s+/g, ' ').trim());
    expect(await page.evaluate(outline)).toBe('solid');
    await page.keyboard.press('Enter');
    await page.getByText('own_change').waitFor();
    expect(faults).toEqual([]);
  });

  it('a log is scrolled, stays where it is read, and follows again from its end', async () => {
    const { page, faults } = await pages.openAs('bob', `/tasks/${scan.id}`);
    const log = page.getByRole('log', { name: 'Task log' });
    await log.getByText('zones/zone-12').waitFor();
    const fromEnd = () =>
      log.evaluate((box) => Math.round(box.scrollHeight - box.scrollTop - box.clientHeight));
    await tabTo(page, 'Task log');
    expect(await page.evaluate(outline)).toBe('solid');
    await page.keyboard.press('Home');
    await eventually(() => log.evaluate((box) => box.scrollTop)).toBe(0);
    await scan.plan(1);
    await log.getByText('zones/zone-13').waitFor();
    expect(await log.evaluate((box) => box.scrollTop)).toBe(0);
    await page.keyboard.press('End');
    await eventually(fromEnd).toBeLessThan(2);
    await scan.plan(1);
    await log.getByText('zones/zone-14').waitFor();
    await eventually(fromEnd).toBeLessThan(2);
    expect(faults).toEqual([]);
  });
});
