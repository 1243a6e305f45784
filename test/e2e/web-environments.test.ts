import { describe, expect, it } from 'vitest';
import { accessibilityFaults } from '../support/axe.ts';
import { aStack, finishTask, storePlan, storeTask } from '../support/api-data.ts';
import { eventually } from '../support/eventually.ts';
import { guardedPages } from '../support/guarded-pages.ts';
import { seedApprovals } from '../support/ui-company.ts';
import { anEntry, aWaitingSync } from '../support/ui-control.ts';
import { FULL_STACK } from '../support/ui-data.ts';
import { editedTag, simplePlan } from '../support/ui-plans.ts';
import { steppedScan } from '../support/ui-worker.ts';

const pages = guardedPages(seedApprovals);
const { openAs } = pages;

describe('the environments', () => {
  it('stand in their order of syncing, each with its policy in a few words', async () => {
    const { page, faults } = await openAs('bob', '/environments');
    await page.locator('[data-row-link]').first().waitFor();
    expect(await page.locator('[data-row-link]').allInnerTexts()).toEqual([
      'development',
      'staging',
      'production',
    ]);
    const rows = page.getByRole('list', { name: /order of syncing/ }).getByRole('listitem');
    expect(await rows.nth(2).innerText()).toContain('2 approvals needed, nothing by itself');
    expect(await rows.nth(1).innerText()).toContain('drift heals itself');
    await page.getByRole('link', { name: 'production' }).click();
    await page.getByText('Somebody of team security has to be among them.').waitFor();
    expect(faults).toEqual([]);
  });

  it('open by an alias in a deep link, with policy, stacks and what waits', async () => {
    const { page, faults } = await openAs('bob', '/environments/prod');
    await page.getByText('Only signed commits are synced.').waitFor();
    const member = page
      .getByRole('region', { name: 'Stacks' })
      .getByRole('listitem')
      .filter({ hasText: FULL_STACK });
    expect(await member.innerText()).toContain('Waiting');
    expect(faults).toEqual([]);
  });

  it('are paused with a reason and resumed, and both are written down', async () => {
    const { page, faults } = await openAs('bob', '/environments/staging');
    await page.getByRole('button', { name: 'Pause' }).click();
    const dialog = page.getByRole('dialog', { name: 'Pause staging' });
    await dialog.getByRole('button', { name: 'Pause' }).click();
    await dialog.getByText('Say why').waitFor();
    await dialog.getByRole('textbox').fill('Load test until noon');
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('The environment staging is paused').waitFor();
    await page.getByText('Load test until noon.').waitFor();
    expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
    await eventually(() => page.getByText('The environment staging is paused').count()).toBe(0);
    const written = await pages.server.store.audit.newest({ limit: 50 });
    expect(written.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['hold.placed', 'hold.released']),
    );
    expect(faults).toEqual([]);
  });

  it('say why somebody may not pause them', async () => {
    const { page } = await openAs('dave', '/environments/staging');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('no');
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('alert').getByText('that needs the role operator').waitFor();
    expect((await pages.server.store.holds.active()).filter(({ by }) => by === 'dave@example.com')).toEqual(
      [],
    );
  });
});

describe('a sync', () => {
  it('of an environment is a dry run when that is chosen, one task for each repo', async () => {
    const { page, faults } = await openAs('bob', '/environments/production');
    await page.getByRole('button', { name: 'Sync' }).click();
    const dialog = page.getByRole('dialog', { name: 'Sync production' });
    await dialog.getByRole('checkbox', { name: 'Dry run' }).check();
    await dialog.getByRole('textbox').fill('before the release');
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Start the dry run' }).click();
    await eventually(() => dialog.getByRole('link', { name: 'Follow it' }).count()).toBe(2);
    const sent = pages.server.temporal.requested.slice(-2);
    expect(sent.map(({ repo }) => repo)).toEqual(['platform-infra', 'data-platform']);
    for (const { request } of sent) {
      expect(request).toMatchObject({ kind: 'sync', environment: 'production', dry_run: true });
    }
    expect(faults).toEqual([]);
  });

  it('that waits says for whom on the page of its task, and its queue and wait have badges', async () => {
    const task = await aWaitingSync(pages.server.store, 'platform-infra', FULL_STACK);
    const { page, faults } = await openAs('bob', `/tasks/${task}`);
    await page.getByText('Asked people', { exact: true }).waitFor();
    await page.getByText('One plan waits for people').waitFor();
    await page.getByText('waits for 2 more approvals, an approval of team security').waitFor();
    const verdicts = page.getByRole('region', { name: 'What became of each stack' });
    await verdicts.getByText('2 approvals are needed in production').waitFor();
    await verdicts.getByText('Blocked by envs/prod/network.').waitFor();
    expect(await page.getByRole('region', { name: 'Remediation plan' }).innerText()).toContain(
      'Needs approval',
    );
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('says what people decided, once they have', async () => {
    const { store, temporal } = pages.server;
    const task = await aWaitingSync(store, 'platform-infra', FULL_STACK);
    const { page, faults } = await openAs('bob', `/tasks/${task}`);
    await page.getByText('One plan waits for people').waitFor();
    const approval = await store.approvals.latest('platform-infra', FULL_STACK);
    await temporal.decide('platform-infra', FULL_STACK, 'reject', {
      by: 'carol@example.com',
      digest: approval?.digest ?? '',
      reason: 'not this one',
    });
    await page.reload();
    await page.getByText('Nothing of this task waits for people any more').waitFor();
    expect(await page.getByRole('main').innerText()).toMatch(
      /Rejected\s+envs\/prod\/network: Somebody said no/,
    );
    const verdicts = page.getByRole('region', { name: 'What became of each stack' });
    await verdicts.getByText('People were asked', { exact: true }).waitFor();
    expect(await verdicts.innerText()).not.toContain('Waiting for people');
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('lists its steps as to be done only while they are', async () => {
    const { store } = pages.server;
    const [repo, blocked] = ['platform-infra', 'envs/prod/cluster'];
    const task = await aWaitingSync(store, repo, FULL_STACK);
    const { page, faults } = await openAs('bob', `/tasks/${task}`);
    const plan = page.getByRole('region', { name: 'Remediation plan' });
    await eventually(() => plan.innerText()).toContain('2 steps\n');
    const scan = await storeTask(store, repo, [aStack(blocked), aStack(FULL_STACK)]);
    for (const job of scan.jobs) await storePlan(store, job, simplePlan('drifted', [editedTag]));
    await finishTask(store, scan.id);
    await page.reload();
    // The one that people are still asked about stays.
    await plan.getByText('2 steps, 1 left to do').waitFor();
    const settled = plan.getByRole('listitem').filter({ hasText: 'Planned anew since' });
    expect(await settled.innerText()).toContain(blocked);
    expect(await settled.innerText()).not.toContain('eeds approval');
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('that applies streams its log on the stack page', async () => {
    const scan = await steppedScan(pages.server, { repo: 'edge-dns' }, 14);
    const key = 'zones/zone-1';
    await pages.server.store.attempts.begin(
      {
        id: `${key} live`,
        kind: 'apply',
        repo: 'edge-dns',
        stackKey: key,
        taskId: scan.id,
        jobId: 'job',
        digest: 'v1:sha256:00',
        commit: '',
        rule: 'policy',
        approvalId: null,
        worker: { host: 'worker-1', pid: 1, startedAt: '', bootId: '', pidNamespace: '' },
        outputPath: null,
        startedAt: anEntry().at,
      },
      {},
    );
    const say = (message: string) =>
      pages.server.store.events.append([
        { taskId: scan.id, stackKey: key, kind: 'progress', message, at: new Date().toISOString() },
      ]);
    await say('aws_route53_record.www: Modifying...');
    const { page, faults } = await openAs('bob', `/repos/edge-dns/stacks/${key}`);
    const log = page.getByRole('log', { name: 'Apply log' });
    await log.getByText('Modifying...').waitFor();
    await say('aws_route53_record.www: Modifications complete');
    await log.getByText('Modifications complete').waitFor();
    expect(await log.innerText()).not.toContain('found 14 stacks');
    expect(await page.getByRole('log').count()).toBe(1);
    await page.getByRole('link', { name: 'Whole log of this task' }).click();
    await page.getByRole('log', { name: 'Task log' }).getByText('found 14 stacks').waitFor();
    expect(faults).toEqual([]);
  });
});

describe.each([
  { scheme: 'light', width: 1320 },
  { scheme: 'dark', width: 400 },
] as const)('in $scheme at $width pixels', (look) => {
  it.each(['/environments', '/environments/production'])(
    '%s has no fault that axe-core finds and fits the window',
    async (path) => {
      const { page, faults } = await openAs('bob', path, look);
      await page.locator('[data-row-link]').first().waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(look.width);
      expect(faults).toEqual([]);
    },
  );

  it('the stacks of an environment keep their status and their name apart', async () => {
    const { page } = await openAs('bob', '/environments/production', look);
    const row = page.getByRole('listitem').filter({ hasText: 'live/prod/warehouse' });
    const badge = row.getByText('Drifted + pending');
    const status = await badge.boundingBox();
    const name = await row.getByRole('link').boundingBox();
    if (status === null || name === null) throw new Error('The row shows no status or no name.');
    // The words, which are wider than their box where that is too narrow.
    const beside = status.x + (await badge.evaluate((words) => words.scrollWidth)) <= name.x;
    expect(beside || name.y + name.height <= status.y).toBe(true);
  });
});
