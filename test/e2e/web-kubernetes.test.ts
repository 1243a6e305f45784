import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StackPlan } from '../../src/domain/plan.ts';
import { anAttribute } from '../support/a-change.ts';
import { aChange, aPlan, aStack, finishTask, storePlan, storeTask } from '../support/api-data.ts';
import { aRepo } from '../support/api-settings.ts';
import { accessibilityFaults } from '../support/axe.ts';
import { startBrowser, type Browser } from '../support/browser.ts';
import { startUiServer, type UiServer } from '../support/ui-server.ts';

const EDITED_AT = '2026-11-20T09:12:31Z';
let server: UiServer;
let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
  server = await startUiServer({
    repos: [aRepo({ name: 'homelab', url: 'https://git.example.com/acme/homelab.git' })],
  });
  const plans: [string, StackPlan][] = [
    ['apps/shop', editedPlan()],
    ['apps/broken', incompletePlan()],
  ];
  const stacks = plans.map(([path]) => aStack(path, { kind: 'kubernetes' }));
  const task = await storeTask(server.store, 'homelab', stacks);
  for (const [index, [, plan]] of plans.entries()) await storePlan(server.store, task.jobs[index]!, plan);
  await finishTask(server.store, task.id);
});

afterEach(() => browser.closePages());

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

function editedPlan(): StackPlan {
  return aPlan({
    tool: { name: 'kubernetes', version: '1.36.3', source: 'cluster' },
    changes: [
      aChange({
        address: 'shop/Deployment.apps/web',
        kind: 'Deployment.apps',
        name: 'web',
        attributes: [anAttribute('/spec/replicas', { before: 2, after: 5 })],
        changedBy: [
          { manager: 'kubectl-edit', operation: 'Update', at: EDITED_AT },
          { manager: 'deployer', operation: 'Apply', at: null },
        ],
      }),
    ],
  });
}

function incompletePlan(): StackPlan {
  const problems = [
    { address: 'apps/broken/web.yaml:7', code: 'config_invalid', message: 'it has no kind' },
    {
      address: 'shop/Service/web',
      code: 'kube_invalid',
      message: 'spec.ports[0].port: Invalid value: 99999',
    },
  ];
  return aPlan({
    status: 'errored',
    tool: { name: 'kubernetes', version: '1.36.3', source: 'cluster' },
    basis: { resources: 3, emptied: false, mockOutputs: false, problems },
  });
}

const open = async (stack: string, scheme: 'light' | 'dark') => {
  const watched = await browser.open({ scheme });
  await watched.page.goto(`${server.url}/repos/homelab/stacks/${stack}`);
  await watched.page.getByRole('heading', { level: 2 }).first().waitFor();
  return watched;
};

describe.each(['light', 'dark'] as const)('the page of a Kubernetes stack (%s)', (scheme) => {
  it('says who changed an object, and when', async () => {
    const { page, faults } = await open('apps/shop', scheme);
    const change = await page.getByRole('region', { name: 'Changes' }).locator('details').innerText();
    expect(change).toContain(`Changed by kubectl-edit at ${EDITED_AT}, deployer`);
    expect(await page.locator(`time[datetime="${EDITED_AT}"]`).count()).toBe(1);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('says what could not be planned, once, beside what could', async () => {
    const { page, faults } = await open('apps/broken', scheme);
    await page.getByText('2 objects could not be planned').waitFor();
    const text = await page.getByRole('main').innerText();
    expect(text).toContain('apps/broken/web.yaml:7: it has no kind');
    expect(text).toContain('Nothing of this stack is applied until all of it can be planned.');
    expect(text).not.toContain('The last scan failed');
    expect(text).not.toContain('the newest plan that worked');
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
  });
});
