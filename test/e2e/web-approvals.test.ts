import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { accessibilityFaults } from '../support/axe.ts';
import { eventually } from '../support/eventually.ts';
import { storeTask } from '../support/api-data.ts';
import { guardedPages } from '../support/guarded-pages.ts';
import { seedApprovals, seedAttempts } from '../support/ui-company.ts';
import { aDigest, presentPlan } from '../support/ui-control.ts';
import { FULL_STACK } from '../support/ui-data.ts';

const pages = guardedPages(seedApprovals);
const { openAs } = pages;

function cardOf(page: Page, name: string) {
  return page.getByRole('article', { name });
}

describe('the approvals inbox', () => {
  it('shows what waits, why, for whom, and how many beside the navigation, the worst first', async () => {
    const { page, faults } = await openAs('bob', '/approvals');
    const card = cardOf(page, `platform-infra / ${FULL_STACK}`);
    const text = await card.innerText();
    expect(text).toContain('Would replace 1');
    expect(text).toContain('Production needs 2 approvals, one of them of team security');
    expect(text).toContain('Still missing: 2 more approvals');
    expect(text).toContain('Still missing: an approval of team security');
    expect(text).toContain('Critical');
    expect(text).toMatch(/Authors\s+alice \(alice@example\.com\)\s+dave@example\.com/);
    expect(await page.getByRole('article').first().innerText()).toContain(FULL_STACK);
    const nav = page.getByRole('navigation', { name: 'Main' });
    expect(await nav.getByRole('link', { name: 'Approvals' }).innerText()).toMatch(/3/);
    await card.getByRole('link', { name: FULL_STACK }).click();
    await page.getByRole('heading', { level: 2, name: 'This plan waits for people' }).waitFor();
    expect(faults).toEqual([]);
  });

  it('says in words why the author cannot approve, and leaves the button off', async () => {
    const { page, faults } = await openAs('alice', '/approvals');
    const card = cardOf(page, `platform-infra / ${FULL_STACK}`);
    const approve = card.getByRole('button', { name: 'Approve' });
    await eventually(() => approve.isDisabled()).toBe(true);
    const why = card.getByText(
      'alice@example.com wrote commits of this change, and nobody approves their own change',
    );
    expect(await why.isVisible()).toBe(true);
    const describedBy = await approve.getAttribute('aria-describedby');
    expect(await page.locator(`[id="${describedBy}"]`).innerText()).toContain(
      'nobody approves their own change',
    );
    expect(await card.getByRole('button', { name: 'Reject' }).isEnabled()).toBe(true);
    expect(faults).toEqual([]);
  });

  it('tells a viewer which role is missing', async () => {
    const { page, faults } = await openAs('dave', '/approvals');
    const card = cardOf(page, 'platform-infra / envs/prod/dns');
    await card.getByText('that needs the role approver').waitFor();
    expect(await card.getByRole('button', { name: 'Approve' }).isDisabled()).toBe(true);
    expect(await card.getByRole('button', { name: 'Reject' }).isDisabled()).toBe(true);
    expect(faults).toEqual([]);
  });

  it('narrows by status and environment, keeps that in the URL, and says so when nothing matches', async () => {
    const { page, faults } = await openAs('bob', '/approvals?environment=staging');
    await eventually(() => page.getByRole('article').count()).toBe(2);
    await page.getByLabel('Show').selectOption('rejected');
    await eventually(() => page.getByRole('article').count()).toBe(1);
    expect(await page.getByRole('article').innerText()).toContain('please narrow it to the deploy pipeline');
    expect(new URL(page.url()).search).toBe('?status=rejected&environment=staging');
    await page.getByLabel('Show').selectOption('expired');
    await page.getByText('No approval matches').waitFor();
    expect(faults).toEqual([]);
  });

  it('shows a replaced plan as stale with what moved, and the new one with the same', async () => {
    const { page, faults } = await openAs('carol', '/approvals');
    const present = cardOf(page, 'data-platform / live/prod/warehouse');
    await present.getByText('The plan has changed since people were asked').waitFor();
    expect(await present.innerText()).toContain('aws_db_instance.warehouse');
    expect(await present.innerText()).toContain('0 of 2 approved');
    await page.getByLabel('Show').selectOption('dismissed');
    await eventually(() => page.getByRole('article').count()).toBe(1);
    const stale = await page.getByRole('article').innerText();
    expect(stale).toContain('This plan is stale');
    expect(stale).toContain('aws_iam_role.loader');
    expect(stale).toContain('bob@example.com approved');
    expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    expect(faults).toEqual([]);
  });
});

describe('decisions', () => {
  it('are taken from two people in two sessions, and the second sees the first', async () => {
    const first = await openAs('bob', `/repos/platform-infra/stacks/${FULL_STACK}`);
    const second = await openAs('carol', '/approvals');
    await first.page.getByRole('button', { name: 'Approve' }).click();
    const dialog = first.page.getByRole('dialog', { name: 'Approve this plan' });
    await dialog.getByLabel('Comment').fill('agreed in the review');
    expect(await accessibilityFaults(first.page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Approve' }).click();
    await first.page.getByText('1 of 2 approved').waitFor();
    await first.page.getByText('bob@example.com has already approved this plan').waitFor();

    const card = cardOf(second.page, `platform-infra / ${FULL_STACK}`);
    await card.getByText('agreed in the review').waitFor({ timeout: 30_000 });
    await card.getByRole('button', { name: 'Approve' }).click();
    await second.page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await card.getByText('2 of 2 approved').waitFor();
    await card.getByText('Approved', { exact: true }).waitFor();
    const approval = await pages.server.store.approvals.latest('platform-infra', FULL_STACK);
    expect(approval?.status).toBe('approved');
    const decisions = await pages.server.store.approvals.decisions(approval?.id ?? '');
    expect(decisions.map(({ by, via, signature }) => [by, via, signature !== null])).toEqual([
      ['bob@example.com', 'ui', true],
      ['carol@example.com', 'ui', true],
    ]);
    expect([...first.faults, ...second.faults]).toEqual([]);
  });

  it('reject only with a reason, block then, and can be taken back', async () => {
    const { page, faults } = await openAs('carol', '/approvals');
    const card = cardOf(page, 'platform-infra / envs/prod/dns');
    await card.getByRole('button', { name: 'Reject' }).click();
    const dialog = page.getByRole('dialog', { name: 'Reject this plan' });
    await dialog.getByRole('button', { name: 'Reject' }).click();
    await dialog.getByText('Say why').waitFor();
    expect(await pages.server.store.approvals.latest('platform-infra', 'envs/prod/dns')).toMatchObject({
      status: 'waiting',
    });
    await dialog.getByRole('textbox').fill('The record still serves the old office.');
    await dialog.getByRole('button', { name: 'Reject' }).click();
    await card.getByText('“The record still serves the old office.”').waitFor();
    await card.getByText('Rejected', { exact: true }).waitFor();
    await card.getByRole('button', { name: 'Take my decision back' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Take it back' }).click();
    await card.getByText('taken back').waitFor();
    await eventually(
      async () => (await pages.server.store.approvals.latest('platform-infra', 'envs/prod/dns'))?.status,
    ).toBe('waiting');
    expect(faults).toEqual([]);
  });

  it('are no longer needed once whoever asked for them takes that back', async () => {
    const stack = 'envs/stage/network';
    const carol = 'carol@example.com';
    const { id: taskId } = await storeTask(pages.server.store, 'platform-infra', [], {
      kind: 'sync',
      actor: carol,
    });
    const { id } = await presentPlan(pages.server.store, 'platform-infra', stack, {
      digest: aDigest('asked for by carol'),
      startedBy: carol,
      taskId,
    });
    const at = new Date().toISOString();
    await pages.server.store.tasks.finish(taskId, { status: 'awaiting_approval', error: null }, at);
    const name = `platform-infra / ${stack}`;
    const button = { name: 'Take the request back' };
    const other = await openAs('bob', '/approvals');
    await cardOf(other.page, name).waitFor();
    expect(await cardOf(other.page, name).getByRole('button', button).count()).toBe(0);
    const { page, faults } = await openAs('carol', '/approvals');
    await cardOf(page, name).getByRole('button', button).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(`Nobody is asked any more about any plan of ${taskId}`).waitFor();
    expect(await pages.server.store.approvals.get(id)).toMatchObject({ status: 'waiting' });
    await dialog.getByRole('button', { name: 'Take it back' }).click();
    await cardOf(page, name).waitFor({ state: 'detached' });
    expect(await pages.server.store.approvals.get(id)).toMatchObject({ status: 'withdrawn' });
    expect(faults).toEqual([]);
  });

  it('about a plan that was replaced meanwhile are refused with the reason, and the new plan is shown', async () => {
    const stack = 'envs/stage/network';
    await presentPlan(pages.server.store, 'platform-infra', stack, { authors: [], digest: aDigest('one') });
    const { page, faults } = await openAs('carol', '/approvals');
    const card = cardOf(page, `platform-infra / ${stack}`);
    // The list is not asked for anew before the button is pressed.
    await page.route('**/api/approvals?*', (route) => route.abort());
    await card.getByRole('button', { name: 'Approve' }).click();
    await presentPlan(pages.server.store, 'platform-infra', stack, {
      authors: [],
      digest: aDigest('two'),
      presentedAt: new Date().toISOString(),
      replaces: { id: '', digest: '', moved: ['aws_instance.bastion'] },
    });
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('alert').getByText('but the present plan is').waitFor();
    await page.unroute('**/api/approvals?*');
    await eventually(() => card.innerText()).toContain('aws_instance.bastion');
    expect(await pages.server.store.approvals.latest('platform-infra', stack)).toMatchObject({
      status: 'waiting',
    });
    // The browser itself notes the refusal and the requests that this test stopped.
    expect(faults.filter((fault) => !/Failed to load resource/.test(fault))).toEqual([]);
  });
});

describe('attempts on the stack page', () => {
  it('stand with their results and saved states, and one that is under way has its log open', async () => {
    const [repo, key] = ['data-platform', 'live/prod/airflow'] as const;
    await seedAttempts(pages.server, repo, key);
    const { page, faults } = await openAs('bob', `/repos/${repo}/stacks/${key}`);
    const attempts = page.getByRole('region', { name: 'Attempts' });
    await attempts.getByText('3 changes applied and verified.').waitFor();
    await attempts.getByText('deploy@ci-runner-07 holds the state lock').waitFor();
    await attempts.getByText('Saved states').click();
    await attempts.getByText('serial 41').waitFor();
    expect(await attempts.getByRole('log', { name: 'Apply log' }).isVisible()).toBe(true);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
  });
});

describe.each([
  { scheme: 'light', width: 1320 },
  { scheme: 'dark', width: 400 },
] as const)('in $scheme at $width pixels', (look) => {
  it('the inbox has no fault that axe-core finds and fits the window', async () => {
    const { page, faults } = await openAs('bob', '/approvals?status=all', look);
    await page.getByRole('article').first().waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(look.width);
    expect(faults).toEqual([]);
  });

  it('the navigation stands in one line, with nothing to scroll to', async () => {
    const { page } = await openAs('bob', '/approvals', look);
    const nav = page.getByRole('navigation', { name: 'Main' });
    await nav.getByText('waiting').waitFor({ state: 'attached' });
    const boxes = await Promise.all((await nav.getByRole('link').all()).map((link) => link.boundingBox()));
    expect(new Set(boxes.map((box) => box?.y)).size).toBe(1);
    expect(Math.max(...boxes.map((box) => (box?.x ?? 0) + (box?.width ?? 0)))).toBeLessThan(look.width);
  });
});

describe('who is signed in', () => {
  it('stands in the header with roles, and can be somebody else by another token', async () => {
    const { page, faults } = await openAs('bob', '/approvals');
    await page.getByRole('button', { name: 'Signed in as bob@example.com' }).click();
    await page.getByText('approver, operator').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Use another token' }).click();
    await page.getByLabel('API token').fill('carol-token');
    await page.getByRole('button', { name: 'Use this token' }).click();
    await page.getByRole('button', { name: 'Signed in as carol@example.com' }).waitFor();
    expect(faults).toEqual([]);
  });
});
