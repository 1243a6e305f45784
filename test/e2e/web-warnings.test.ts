import { describe, expect, it } from 'vitest';
import { accessibilityFaults } from '../support/axe.ts';
import { guardedPages } from '../support/guarded-pages.ts';
import { seedApprovals } from '../support/ui-company.ts';
import { aDigest } from '../support/ui-control.ts';
import { FULL_STACK } from '../support/ui-data.ts';

const pages = guardedPages(seedApprovals);
const { openAs } = pages;

describe('an approval that waits for long', () => {
  it('says on its card how often people were reminded, and who else was asked', async () => {
    const approval = (await pages.server.store.approvals.latest('platform-infra', FULL_STACK))!;
    const at = new Date(Date.now() - 3_600_000).toISOString();
    const reminders = { times: 2, lastAt: at, escalatedAt: at, escalatedTo: ['@leads'] };
    await pages.server.store.approvals.remind(approval.id, () => ({ reminders }));
    const { page, faults } = await openAs('dave', '/approvals?status=all');
    const card = page
      .getByRole('article', { name: `platform-infra / ${FULL_STACK}` })
      .filter({ hasText: 'Reminded 2 times' });
    await card.first().waitFor();
    expect(await card.first().innerText()).toMatch(/Escalated\s+to @leads/);
    expect(faults).toEqual([]);
  });
});

describe('an emergency', () => {
  it('stands as a banner on the pages of its task and its stack, and links one to the other', async () => {
    const [repo, key] = ['data-platform', 'live/prod/warehouse'] as const;
    const stack = (await pages.server.store.stacks.get(repo, key))!;
    const job = (await pages.server.store.jobs.get(stack.jobId!))!;
    const startedAt = new Date().toISOString();
    const { id: taskId } = await pages.server.store.tasks.begin({
      id: `${repo}:${Date.now()}`,
      repo,
      kind: 'sync',
      trigger: 'cli',
      actor: 'root@example.com',
      stackKey: key,
      configVersion: 1,
      workflowId: `repo/${repo}`,
      runId: 'run-9',
      startedAt,
    });
    await pages.server.store.tasks.finish(taskId, { status: 'completed', error: null }, startedAt);
    await pages.server.store.attempts.begin(
      {
        id: `${key} emergency`,
        kind: 'apply',
        repo,
        stackKey: key,
        taskId,
        jobId: job.id,
        digest: aDigest(key),
        commit: job.commit,
        rule: 'break_glass',
        emergency: { by: 'root@example.com', reason: 'the site is down' },
        approvalId: null,
        worker: { host: 'worker-1', pid: 4_217, startedAt: '', bootId: 'b', pidNamespace: 'n' },
        outputPath: null,
        startedAt,
      },
      {},
    );
    const { page, faults } = await openAs('bob', `/repos/${repo}/stacks/${key}`);
    const banner = page.getByRole('alert').filter({ hasText: 'Emergency: applied without approvals' });
    await banner.waitFor();
    expect(await banner.innerText()).toContain('ordered by root@example.com: the site is down');
    expect(await accessibilityFaults(page)).toEqual([]);
    await banner.getByRole('link', { name: 'The last attempt' }).click();
    await page.getByRole('heading', { level: 1, name: `Task ${taskId}` }).waitFor();
    await banner.getByRole('link', { name: key }).waitFor();
    expect(faults).toEqual([]);
  });
});
