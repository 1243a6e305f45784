import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { guardedPages } from '../support/guarded-pages.ts';
import { seedApprovals } from '../support/ui-company.ts';
import { PEOPLE } from '../support/ui-control.ts';
import { FULL_STACK } from '../support/ui-data.ts';
import { steppedScan, type SteppedScan } from '../support/ui-worker.ts';

let scan: SteppedScan;

const pages = guardedPages(async (server) => {
  await seedApprovals(server);
  scan = await steppedScan(server, { repo: 'edge-dns' }, 14);
});

describe('every page', () => {
  it.each([
    ['/', 'Dashboard', 'Dashboard'],
    ['/repos/edge-dns', 'edge-dns', 'edge-dns'],
    [`/repos/platform-infra/stacks/${FULL_STACK}`, FULL_STACK, `${FULL_STACK} · platform-infra`],
    ['/approvals?status=rejected', 'Approvals', 'Approvals'],
    ['/environments', 'Environments', 'Environments'],
    ['/environments/production', 'production', 'production · Environments'],
    ['/audit?action=login', 'Audit', 'Audit'],
    ['/audit?report=sox', 'Audit', 'Audit'],
  ])('%s has a title of its own and is the same after a reload', async (path, heading, title) => {
    const { page, faults } = await pages.openAs('bob', path);
    const look = async () => [
      await page.getByRole('heading', { level: 1 }).innerText(),
      await page.title(),
      page.url(),
    ];
    const expected = [heading, `${title} · Plumbline`, pages.server.url + path];
    await eventually(look).toEqual(expected);
    await page.reload();
    await page.getByRole('heading', { level: 1, name: heading }).waitFor();
    await eventually(look).toEqual(expected);
    expect(faults).toEqual([]);
  });

  it.each([
    ['/repos/edge-dns', 'edge-dns'],
    [`/repos/platform-infra/stacks/${FULL_STACK}`, FULL_STACK],
    ['/environments/prod', 'production'],
  ])('%s ends its breadcrumbs with itself', async (path, name) => {
    const { page } = await pages.openAs('bob', path);
    await page.getByRole('heading', { level: 1, name }).waitFor();
    const crumbs = page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('listitem');
    expect(await crumbs.last().innerText()).toBe(name);
    expect(await crumbs.last().getAttribute('aria-current')).toBe('page');
  });

  it('that does not exist says so, in the frame of the others', async () => {
    const { page } = await pages.openAs('bob', '/aproval');
    await page.getByText('This page does not exist').waitFor();
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Approvals' }).click();
    await page.getByRole('article').first().waitFor();
    expect(await page.title()).toBe('Approvals · Plumbline');
  });
});

describe('the way back', () => {
  it('leads from a decision to the list as it was narrowed', async () => {
    const { page, faults } = await pages.openAs('carol', '/approvals?environment=staging');
    await page.getByRole('link', { name: 'network-core / regions/us-east-1' }).click();
    await page.getByRole('button', { name: 'Reject' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('not today');
    await page.getByRole('dialog').getByRole('button', { name: 'Reject' }).click();
    await page.getByText('“not today”').waitFor();
    await page.goBack();
    await eventually(() => page.getByRole('article').count()).toBe(2);
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(new URL(page.url()).search).toBe('?environment=staging');
    expect(faults).toEqual([]);
  });

  it('leads from the task that was started to where it was started', async () => {
    const { page, faults } = await pages.openAs('bob', '/repos/data-platform');
    await page.getByRole('button', { name: 'Sync' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Start the sync' }).click();
    await page.getByRole('link', { name: 'Follow it' }).click();
    await page.getByRole('heading', { level: 1, name: /^Task data-platform:/ }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'data-platform' }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(faults).toEqual([]);
  });
});

describe('a server that is started anew while a task is followed', () => {
  it('is missed in words, and the log goes on without a gap once it is back', async () => {
    const { page } = await pages.openAs('bob', `/tasks/${scan.id}`);
    const panel = page.getByRole('region', { name: 'Task', exact: true });
    await panel.getByText('Live', { exact: true }).waitFor();
    await scan.plan(1);
    await panel.getByRole('log').getByText('zones/zone-1', { exact: true }).waitFor();
    await pages.server.stop();
    await panel.getByText('Reconnecting').waitFor();
    await page.getByText('The server does not answer.').waitFor();
    await scan.plan(1);
    await pages.server.start();
    await panel.getByText('Live', { exact: true }).waitFor();
    await panel.getByRole('log').getByText('zones/zone-10', { exact: true }).waitFor();
    expect(await panel.getByRole('log').getByText('zones/zone-1', { exact: true }).count()).toBe(1);
    await eventually(() => page.getByText('The server does not answer.').count()).toBe(0);
  });
});

describe('a token that is revoked while its page is open', () => {
  it('is asked for anew, and another one shows what its owner may see', async () => {
    const { page } = await pages.openAs('carol', `/tasks/${scan.id}`);
    await page.getByRole('button', { name: 'Signed in as carol@example.com' }).waitFor();
    pages.server.reload({
      auth: { mode: 'tokens', tokens: PEOPLE.filter(({ name }) => name !== 'carol@example.com'), oidc: [] },
    });
    const dialog = page.getByRole('dialog', { name: 'A token is needed' });
    await dialog.getByText('The server refused the token that was given.').waitFor({ timeout: 45_000 });
    await eventually(() => page.getByText('Live', { exact: true }).count()).toBe(0);
    await page.keyboard.press('Escape');
    await eventually(() => dialog.count()).toBe(0);
    const refused = await page.waitForResponse((answer) => answer.status() === 401);
    await refused.finished();
    await page.evaluate(
      'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))',
    );
    expect(await dialog.count()).toBe(0);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await dialog.getByLabel('API token').fill('bob-token');
    await dialog.getByRole('button', { name: 'Use this token' }).click();
    await page.getByRole('button', { name: 'Signed in as bob@example.com' }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Sign in' }).count()).toBe(0);
  });
});
