import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityFaults } from '../support/axe.ts';
import { COMMIT } from '../support/api-data.ts';
import { startBrowser, type Browser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { FULL_STACK, seedCompany, UI_REPOS } from '../support/ui-data.ts';
import { DIGEST, PLAN_TEXT } from '../support/ui-plans.ts';
import { startUiServer, type UiServer } from '../support/ui-server.ts';

let server: UiServer;
let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
  server = await startUiServer({ repos: UI_REPOS });
  await seedCompany(server.store, server.artifacts, PLAN_TEXT);
});

afterEach(() => browser.closePages());

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

async function open(path: string) {
  const watched = await browser.open();
  await watched.page.goto(server.url + path);
  await watched.page.getByRole('heading', { level: 2 }).first().waitFor();
  const changes = watched.page.getByRole('region', { name: 'Changes' }).locator('details');
  return { ...watched, changes };
}

describe('the stack page', () => {
  it('shows each change with its values, severity, cause and reason, the worst first', async () => {
    const { page, changes, faults } = await open(`/repos/platform-infra/stacks/${FULL_STACK}`);
    expect(await page.title()).toBe(`${FULL_STACK} · platform-infra · Plumbline`);
    expect(await changes.locator('summary code').allInnerTexts()).toEqual([
      'module.vpc.aws_security_group.bastion',
      'aws_route53_record.status',
      'module.db.aws_db_instance.main',
      'aws_iam_role_policy.deploy["ci/main"]',
      'module.vpc.aws_subnet.private[2]',
    ]);
    const group = await changes.nth(0).innerText();
    expect(group).toContain('Critical');
    expect(group).toContain('a security group is open to 0.0.0.0/0');
    expect(group).toContain('Live was changed since the last apply. An apply would undo it (update).');
    expect(group).toContain('ingress[0].cidr_blocks');
    expect(group).toContain('["10.20.0.0/16"]');
    expect(group).toContain('["10.20.0.0/16", "0.0.0.0/0"]');
    expect(faults).toEqual([]);
  });

  it('tells what live did from what Git wants, masks what is sensitive, and names what is not known yet', async () => {
    const { changes, faults } = await open(`/repos/platform-infra/stacks/${FULL_STACK}`);
    const database = await changes.nth(2).innerText();
    expect(database).toMatch(
      /What live did\s+backup_retention_period[\s\S]*What an apply would do\s+engine_version/,
    );
    expect(database).toContain('forces replacement');
    expect(database).toContain('(sensitive value, changed)');
    expect(database).toContain('(known after apply)');
    expect(database).toContain('Replaced because of engine_version');
    expect(faults).toEqual([]);
  });

  it('shows a policy inside of a string as a diff of its lines', async () => {
    const { changes, faults } = await open(`/repos/platform-infra/stacks/${FULL_STACK}`);
    const lines = changes.nth(3).locator('pre [data-kind="add"]');
    expect((await lines.allInnerTexts()).map((line) => line.trim())).toEqual([
      '+         "ecs:DescribeServices",',
    ]);
    expect(faults).toEqual([]);
  });

  it('keeps ignored changes apart, with the reason, and not among those that count', async () => {
    const { page, faults } = await open(`/repos/platform-infra/stacks/${FULL_STACK}`);
    const ignored = page.getByRole('region', { name: 'Ignored' });
    await ignored.locator('summary').click();
    const text = await ignored.innerText();
    expect(text).toContain('module.asg.aws_autoscaling_group.web');
    expect(text).toContain('the autoscaler owns the capacity');
    expect(text).toContain('until 2027-06-30');
    expect(faults).toEqual([]);
  });

  it('shows outputs, lock, warnings, tool, digest and history', async () => {
    const { page, faults } = await open(`/repos/platform-infra/stacks/${FULL_STACK}`);
    const outputs = await page.getByRole('region', { name: 'Outputs' }).innerText();
    expect(outputs).toContain('db_endpoint');
    await page.getByText('deploy@ci-runner-07').waitFor();
    await page.getByText('instance_tenancy').waitFor();
    const facts = await page.getByRole('region', { name: 'Plan', exact: true }).innerText();
    expect(facts).toContain('terraform 1.11.4');
    expect(facts).toContain(DIGEST);
    expect(facts).toContain('init 812 ms');
    const history = page.getByRole('region', { name: 'History of drift' });
    expect(await history.getByRole('listitem').count()).toBe(8);
    const bars = history.getByRole('img', { name: /oldest first: 7 of 11 scans found drift/ });
    expect(await bars.count()).toBe(1);
    expect(faults).toEqual([]);
  });

  it('colours the lines of the plan text by what they say', async () => {
    const { page, faults } = await open(`/repos/platform-infra/stacks/${FULL_STACK}`);
    const text = page.locator('pre[aria-label="Plan text"]');
    const lines = (all: string) => all.split('\n').filter((line) => line !== '');
    expect(lines(await text.innerText())).toEqual(lines(PLAN_TEXT));
    const kinds = async (kind: string) => text.locator(`[data-kind="${kind}"]`).count();
    expect(await kinds('replace')).toBe(2);
    expect(await kinds('add')).toBeGreaterThan(5);
    expect(await kinds('remove')).toBeGreaterThan(2);
    expect(await kinds('comment')).toBe(4);
    expect(faults).toEqual([]);
  });

  it('shows why a stack could not be planned, with its diagnostics, and no counts that nobody knows', async () => {
    const { page, faults } = await browser.open();
    await page.goto(`${server.url}/repos/platform-infra/stacks/envs/prod/iam`);
    await page.getByText('The last scan failed: config_invalid').waitFor();
    await page.getByText('an argument named "polcy" is not expected here').waitFor();
    expect(await page.locator('pre[aria-label="Diagnostics"]').innerText()).toContain(
      'Did you mean "policy"?',
    );
    expect(await page.getByText('Errored').count()).toBeGreaterThan(0);
    expect(faults).toEqual([]);
  });

  it('opens the stack of a workspace by its key', async () => {
    const { page, faults } = await open('/repos/network-core/stacks/vpn@standby');
    await page.getByRole('heading', { level: 1, name: 'vpn@standby' }).waitFor();
    await page.getByText('standby', { exact: true }).waitFor();
    await page.getByText('No resource differs').waitFor();
    expect(faults).toEqual([]);
  });

  it('scans this one stack', async () => {
    const { page, faults } = await open('/repos/network-core/stacks/vpn@standby');
    await page.getByRole('button', { name: 'Scan this stack' }).click();
    await eventually(() => server.temporal.started.at(-1)?.stack).toBe('vpn@standby');
    expect(faults).toEqual([]);
  });

  it('says that a stack does not exist', async () => {
    const { page } = await browser.open();
    await page.goto(`${server.url}/repos/network-core/stacks/no/such/stack`);
    await page.getByText('The stack no/such/stack of network-core does not exist').waitFor();
    expect(await page.title()).toBe('Not found · Plumbline');
  });
});

describe('an oscillating stack', () => {
  it.each([
    { scheme: 'light', width: 1320 },
    { scheme: 'dark', width: 400 },
  ] as const)('needs attention also while it is in sync, in $scheme at $width pixels', async (look) => {
    const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    await server.store.syncs.put({
      repo: 'network-core',
      stackKey: 'vpn@standby',
      commit: COMMIT,
      digest: DIGEST,
      at: minutesAgo(10),
      attemptId: '',
      heals: [10, 20, 30].map(minutesAgo),
    });
    const { page, faults } = await browser.open(look);
    await page.goto(server.url);
    await page.getByText('oscillating: its repairs do not hold').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('link', { name: 'network-core / vpn@standby' }).click();
    await page.getByText('Oscillating: its repairs do not hold').waitFor();
    await page.getByText('Look for another tool, a person or a controller').waitFor();
    await page.getByText('In sync', { exact: true }).first().waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(look.width);
    expect(faults).toEqual([]);
  });
});
