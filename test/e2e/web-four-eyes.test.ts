import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SyncAcceptedJson } from '../../src/api/schemas/sync.ts';
import { accessibilityFaults } from '../support/axe.ts';
import { startBrowser, type Browser, type WatchedPage } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { aSite, ready, startProcess, type PlumblineProcess, type Site } from '../support/plumbline.ts';
import { commitFiles } from '../support/stacks-repo.ts';

/** Longer than a page asks for, a sync plans, and an apply starts, on a busy machine. */
const PATIENCE = { timeout: 120_000 };
const PEOPLE = {
  alice: { role: 'approver', aliases: ['tests@example.com'] },
  bob: { role: 'approver' },
  carol: { role: 'approver' },
} as const;
type Person = keyof typeof PEOPLE;

const tokenOf = (who: Person | 'ci') => `${who}-token`;

function aToken(who: Person | 'ci', rights: object) {
  const hash = createHash('sha256').update(tokenOf(who)).digest('hex');
  return { name: who === 'ci' ? who : `${who}@example.com`, hash: `sha256:${hash}`, ...rights };
}

/** A stack whose apply stands still in its midst until there is the file `go`. */
function haltingStack(version: string, { state, go }: { state: string; go: string }): string {
  return `terraform {
  backend "local" {
    path = "${state}"
  }
}
resource "terraform_data" "release" {
  triggers_replace = "${version}"
  provisioner "local-exec" {
    command = "while [ ! -e '${go}' ]; do sleep 0.1; done"
  }
}
`;
}

/** The steps of one change, in their order: each goes on from where the one before has left people and plans. */
describe('four eyes in the browser, on a running Plumbline', () => {
  let site: Site;
  let up: PlumblineProcess;
  const browsers: Browser[] = [];
  const pages = {} as Record<Person, WatchedPage>;
  let go: string;
  let push: (version: string) => Promise<string>;

  beforeAll(async () => {
    site = await aSite({});
    go = join(site.dir, 'go');
    const repo = join(site.dir, 'repo');
    const files = { state: join(site.dir, 'live', 'terraform.tfstate'), go };
    push = async (version) =>
      await commitFiles(repo, { 'envs/prod/main.tf': haltingStack(version, files) }, `Release ${version}`);
    await push('1.0');
    await site.configure({
      repos: [{ name: 'infra', url: repo }],
      environments: [{ name: 'production', paths: ['envs/prod/**'], policy: { approvals: { required: 2 } } }],
      auth: {
        tokens: [
          ...Object.entries(PEOPLE).map(([person, rights]) => aToken(person as Person, rights)),
          aToken('ci', { kind: 'machine', role: 'operator' }),
        ],
      },
    });
    up = startProcess(['up', '--config', site.configFile]);
    await ready(site, up);
    for (const person of Object.keys(PEOPLE) as Person[]) pages[person] = await signIn(person);
  });

  afterAll(async () => {
    for (const browser of browsers) await browser.close();
    await up?.stop();
    await site?.remove();
  });

  /** A browser of their own, in which somebody gives their token to the page. */
  async function signIn(person: Person): Promise<WatchedPage> {
    const browser = await startBrowser();
    browsers.push(browser);
    const watched = await browser.open();
    const { page } = watched;
    await page.goto(site.url);
    await page.getByLabel('API token').fill(tokenOf(person));
    await page.getByRole('button', { name: 'Use this token' }).click();
    await page.getByRole('button', { name: `Signed in as ${person}@example.com` }).waitFor();
    // The browser itself notes that the server asked for a token.
    expect(watched.faults.splice(0).filter((fault) => !fault.includes('401'))).toEqual([]);
    return watched;
  }

  /** Follows a link of the frame: the token lives in this tab alone. */
  async function visit(page: Page, name: string): Promise<void> {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
  }

  const cardOf = (page: Page) => page.getByRole('article').first();

  async function openStack(page: Page): Promise<void> {
    await visit(page, 'Approvals');
    await page.getByRole('link', { name: 'infra / envs/prod' }).click(PATIENCE);
    await page.getByRole('heading', { level: 2, name: 'This plan waits for people' }).waitFor();
  }

  async function approve(page: Page, comment = ''): Promise<void> {
    await cardOf(page).getByRole('button', { name: 'Approve' }).click();
    const dialog = page.getByRole('dialog', { name: 'Approve this plan' });
    await dialog.getByLabel('Comment').fill(comment);
    await dialog.getByRole('button', { name: 'Approve' }).click();
    await dialog.waitFor({ state: 'detached' });
  }

  it('a sync that somebody starts waits for people, and its starter reads why the button is off', async () => {
    const { page, faults } = pages.alice;
    await page.getByRole('link', { name: 'infra', exact: true }).click();
    await page.getByRole('button', { name: 'Sync' }).click();
    const dialog = page.getByRole('dialog', { name: 'Sync infra' });
    await dialog.getByRole('button', { name: 'Start the sync' }).click();
    await dialog.getByRole('link', { name: 'Follow it' }).click();
    await page.getByText('One plan waits for people').waitFor(PATIENCE);
    expect(await accessibilityFaults(page)).toEqual([]);

    await openStack(page);
    const approveButton = cardOf(page).getByRole('button', { name: 'Approve' });
    expect(await approveButton.isDisabled()).toBe(true);
    const why = page.locator(`[id="${await approveButton.getAttribute('aria-describedby')}"]`);
    expect(await why.innerText()).toBe(
      'alice@example.com wrote commits of this change, and nobody approves their own change. Somebody else has to.',
    );
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('a push changes the plan while somebody has it open, and the page says so', async () => {
    const { page, faults } = pages.bob;
    await openStack(page);
    await approve(page, 'agreed in the review');
    await cardOf(page).getByText('1 of 2 approved').waitFor();

    const commit = await push('1.1');
    const response = await fetch(`${site.url}/api/repos/infra/sync`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokenOf('ci')}`, 'content-type': 'application/json' },
      body: JSON.stringify({ trigger: 'push', commit }),
    });
    expect(((await response.json()) as SyncAcceptedJson).task.trigger).toBe('push');
    const changed = page
      .getByRole('note')
      .filter({ hasText: 'The plan has changed since people were asked' });
    await changed.waitFor(PATIENCE);
    expect(await changed.innerText()).toContain('terraform_data.release');
    await cardOf(page).getByText('0 of 2 approved').waitFor();
    await eventually(() => page.locator('pre[aria-label="Plan text"]').innerText()).toContain('1.1');
    expect(await accessibilityFaults(page)).toEqual([]);

    await visit(page, 'Approvals');
    await page.getByLabel('Show').selectOption('dismissed');
    const stale = cardOf(page);
    await stale.getByText('This plan is stale').waitFor();
    await stale.getByText('“agreed in the review”').waitFor();
    expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    expect(faults).toEqual([]);
  });

  it('two people approve in two browsers, and both see what runs, live, to its end', async () => {
    const { page, faults } = pages.carol;
    await visit(page, 'Approvals');
    await approve(page, 'the new one, too');
    await cardOf(page).getByText('1 of 2 approved').waitFor();

    await openStack(pages.bob.page);
    await pages.bob.page.getByText('“the new one, too”').waitFor();
    await approve(pages.bob.page);
    await page.getByRole('link', { name: 'infra / envs/prod' }).click();
    for (const watching of [pages.bob.page, page]) {
      const attempts = watching.getByRole('region', { name: 'Attempts' });
      await attempts.getByText('Applying', { exact: true }).waitFor(PATIENCE);
      const log = attempts.getByRole('log', { name: 'Apply log' });
      await eventually(() => log.innerText()).toContain("Provisioning with 'local-exec'");
      expect(await log.innerText()).not.toContain('Creation complete');
      expect(await watching.getByRole('log').count()).toBe(1);
    }
    expect(await accessibilityFaults(page)).toEqual([]);
    await writeFile(go, '');
    for (const watching of [pages.bob.page, page]) {
      const attempts = watching.getByRole('region', { name: 'Attempts' });
      await attempts.getByText('Applied', { exact: true }).waitFor(PATIENCE);
      const log = attempts.getByRole('log', { name: 'Apply log' });
      await eventually(() => log.innerText()).toContain('Creation complete');
      await watching.getByText('Git asked for this, and it was applied (create).').waitFor(PATIENCE);
      expect(await watching.getByRole('heading', { name: 'Remediation plan' }).count()).toBe(0);
    }
    expect(await accessibilityFaults(page)).toEqual([]);
    expect([...faults, ...pages.bob.faults]).toEqual([]);
  });

  it('the audit page has all of it, and the chain is intact', async () => {
    const { page, faults } = pages.carol;
    await visit(page, 'Audit');
    await page.getByRole('status').getByText('The chain is intact up to record').waitFor();
    await page.getByLabel('What').selectOption('decision.approved');
    const rows = page.locator('summary').filter({ has: page.locator('time') });
    await eventually(() => rows.count()).toBe(3);
    const who = (await rows.allInnerTexts()).map((text) => /\w+@example\.com/.exec(text)?.[0]);
    expect(who).toEqual(['bob@example.com', 'carol@example.com', 'bob@example.com']);
    await page.getByLabel('What').selectOption('apply.ended');
    await eventually(() => rows.count()).toBe(1);
    await rows.first().click();
    expect(await page.locator('details[open]').getByText('Hash before').isVisible()).toBe(true);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
  });
});
