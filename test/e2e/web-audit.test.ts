import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { accessibilityFaults } from '../support/axe.ts';
import type { PageOptions } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { guardedPages } from '../support/guarded-pages.ts';
import { seedAudit } from '../support/ui-company.ts';

const pages = guardedPages(({ store }) => seedAudit(store));

async function openAudit(path: string, look: PageOptions = {}) {
  const watched = await pages.openAs('bob', path, look);
  const rows = watched.page.locator('summary').filter({ has: watched.page.locator('time') });
  return { ...watched, rows };
}

describe('the audit page', () => {
  it('lists the newest records first, each with all that it says and its place in the chain', async () => {
    const { page, rows, faults } = await openAudit('/audit');
    await rows.first().waitFor();
    const refused = rows.filter({ hasText: 'Decision refused' });
    expect(await refused.innerText()).toContain('alice@example.com');
    await refused.click();
    await page.getByText('own_change').waitFor();
    expect(await page.locator('details[open]').getByText('Hash before').isVisible()).toBe(true);
    const numbers = (await rows.allInnerTexts()).map((text) => Number.parseInt(text, 10));
    expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
    expect(faults).toEqual([]);
  });

  it('narrows by action, repo, actor and day, all of it in the URL, and says so when nothing matches', async () => {
    const { page, rows, faults } = await openAudit('/audit?repo=platform-infra');
    await eventually(() => rows.count()).toBe(8);
    await page.getByLabel('What').selectOption('decision.approved');
    await eventually(() => rows.count()).toBe(2);
    await page.getByRole('searchbox', { name: 'Who' }).fill('carol@example.com');
    await eventually(() => rows.count()).toBe(1);
    expect(new URL(page.url()).search).toBe(
      '?repo=platform-infra&action=decision.approved&actor=carol%40example.com',
    );
    await page.reload();
    await eventually(() => rows.count()).toBe(1);
    await page.getByLabel('To day (UTC)').fill('2001-01-01');
    await page.getByText('No record matches').waitFor();
    await page.getByRole('button', { name: 'Clear all' }).click();
    await eventually(() => rows.count()).toBeGreaterThan(8);
    expect(faults).toEqual([]);
  });

  it('saves what the filters leave as a file, with the token that a link could not send', async () => {
    const { page, faults } = await openAudit('/audit?action=apply.ended');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export as NDJSON' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('audit.ndjson');
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { action: string }).action)).toEqual(['apply.ended']);
    expect(faults).toEqual([]);
  });

  it('makes the report of a framework, its exceptions before its controls', async () => {
    const { page, faults } = await openAudit('/audit?report=sox');
    const exceptions = page.getByRole('region', { name: 'Exceptions' });
    await exceptions.getByText('alice@example.com tried to approve their own change').waitFor();
    await page.getByRole('button', { name: 'PCI DSS report' }).click();
    await page.getByRole('heading', { level: 2, name: /PCI/ }).waitFor();
    expect(new URL(page.url()).search).toBe('?report=pci');
    expect(faults).toEqual([]);
  });
});

describe.each([
  { scheme: 'light', width: 1320 },
  { scheme: 'dark', width: 400 },
] as const)('in $scheme at $width pixels', (look) => {
  it.each(['/audit', '/audit?report=soc2'])(
    '%s has no fault that axe-core finds and fits the window',
    async (path) => {
      const { page, faults } = await openAudit(path, look);
      await page.getByText('The chain is intact up to record').waitFor();
      await page
        .getByText(path === '/audit' ? 'Config published' : 'CC8.1')
        .last()
        .waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(look.width);
      expect(faults).toEqual([]);
    },
  );
});

describe('a changed byte in the database', () => {
  it('breaks the chain at its record, in red and announced', async () => {
    const { page, faults } = await openAudit('/audit');
    await page.getByRole('status').getByText('The chain is intact up to record').waitFor();
    const database = new DatabaseSync(join(pages.server.dataDir, 'store', 'plumbline.db'));
    database.exec('drop trigger audit_no_update');
    database.exec(`update audit set actor = 'mallory@example.com' where seq = 6`);
    database.close();
    await page.getByRole('button', { name: 'Verify again' }).click();
    await page.getByRole('alert').getByText('The chain is broken at record 6').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
  });
});
