import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Io, processIo } from '../../src/cli/io.ts';
import { createProgram } from '../../src/cli/program.ts';
import { joinedInto } from '../../src/domain/joined-task.ts';
import type { Failure } from '../../src/domain/task.ts';
import type { Verdict } from '../../src/domain/eligibility/verdict.ts';
import { createMetrics } from '../../src/util/metrics.ts';
import { aRepo } from '../support/api-settings.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { endAtOnce } from '../support/end-at-once.ts';
import { aStack, finishTask, storePlan, storeTask } from '../support/api-data.ts';

/** Environments of our own in the layout that the commands expect. */
const STACKS = ['terraform/environments/dev', 'k8s/staging', 'terraform/production'];

let api: ApiFixture;
let folder: string;
let url: string;
const printed: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-commands-'));
  api = await apiFixture();
  url = await api.app.listen({ host: '127.0.0.1', port: 0 });
  const stacks = STACKS.map((path) => aStack(path));
  const first = await storeTask(api.store, 'my-infra', stacks);
  await storePlan(api.store, first.jobs[2]!);
  await finishTask(api.store, first.id);
  printed.length = 0;
  process.exitCode = undefined;
});

afterEach(async () => {
  process.exitCode = undefined;
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

function aTerminal(): Io {
  return {
    ...processIo(),
    env: { PLUMBLINE_URL: url },
    out: (text) => void printed.push(text),
    note: () => undefined,
    progress: () => undefined,
    progressDone: () => undefined,
  };
}

const run = (...args: string[]) => createProgram(aTerminal()).parseAsync(args, { from: 'user' });

const aVerdict = (kind: Verdict['kind'], code: string, message: string): Verdict => ({
  kind,
  rule: null,
  reasons: [{ code, message }],
  blockedBy: [],
});
const applyVerdict: Verdict = {
  ...aVerdict('apply', 'policy_allows', 'The policy wants no approvals.'),
  rule: 'policy',
};
const dryVerdict: Verdict = {
  ...aVerdict('nothing', 'dry_run', 'A dry run: it would be applied.'),
  would: 'apply',
};
const rejectedVerdict = aVerdict('blocked', 'rejected', 'This very plan was rejected.');

const workAtOnce = (
  status: Parameters<typeof endAtOnce>[1]['status'],
  verdicts: readonly Verdict[] = [],
  error: Failure | null = null,
): void => endAtOnce(api, { status, stacks: STACKS, verdicts, error });

/** Ends every scan as soon as it is asked for. */
function scanAtOnce(): void {
  api.temporal.onStart = async ({ repo, task_id: id }) => {
    await storeTask(
      api.store,
      repo,
      STACKS.map((path) => aStack(path)),
      { startedAtMs: Number(id!.split(':')[1]) },
    );
    await finishTask(api.store, id!);
    api.temporal.running.delete(repo);
  };
}

const requests = () =>
  api.temporal.requested.map(
    ({ request: { task_id: _id, actor: _actor, trigger: _trigger, ...rest } }) => rest,
  );

describe('the commands of the requirements', () => {
  it.each<[string[], object[]]>([
    [['production'], [{ kind: 'sync', environment: 'production' }]],
    [
      ['development', '--auto-approve-safe'],
      [{ kind: 'sync', environment: 'development', auto_approve_safe: true }],
    ],
    [
      ['production', '--rollback', '--to-commit', 'abc123def'],
      [{ kind: 'rollback', environment: 'production', to_commit: 'abc123def' }],
    ],
    [
      ['--environments', 'dev,staging,prod', '--parallel'],
      [{ kind: 'sync', environments: ['development', 'staging', 'production'] }],
    ],
  ])('sync %j', async (args, expected) => {
    await run('sync', ...args);
    expect(requests()).toEqual(expect.arrayContaining(expected));
    expect(requests()).toHaveLength(expected.length);
    expect(process.exitCode).toBeUndefined();
  });

  it('sync development --dry-run --verbose: followed to the end, with nothing applied', async () => {
    workAtOnce('completed', [dryVerdict]);
    await run('sync', 'development', '--dry-run', '--verbose', '--format', 'json');
    expect(requests()).toEqual([{ kind: 'sync', environment: 'development', dry_run: true }]);
    expect(JSON.parse(printed[0]!)).toMatchObject({
      syncs: [{ task: { status: 'completed' }, verdicts: [{ stack: STACKS[0], result: 'would_apply' }] }],
    });
    await run('sync', 'development', '--dry-run');
    expect(printed[1]).toMatch(/terraform\/environments\/dev +would be applied +- +A dry run/);
  });

  it('sync --wait: an apply that was refused or has failed is never printed as applied', async () => {
    const outcome = { status: 'refused', code: 'frozen', message: 'The environment is frozen.' } as const;
    const failed = { ...outcome, status: 'failed', code: 'auth', message: 'No credentials.' } as const;
    workAtOnce('failed', [{ ...applyVerdict, outcome }, { ...applyVerdict, outcome: failed }, applyVerdict]);
    await run('sync', 'my-infra', '--wait');
    expect(
      printed[0]!
        .split('\n')
        .slice(1)
        .map((row) => row.split(/ {2,}/).slice(2)),
    ).toEqual([
      ['refused', 'policy', 'The environment is frozen.'],
      ['failed', 'policy', 'No credentials.'],
      ['not applied', 'policy', 'The policy wants no approvals.'],
    ]);
  });

  it('sync staging --drift-check-only: a scan, and 3 when drift was found', async () => {
    scanAtOnce();
    await run('sync', 'staging', '--drift-check-only', '--exit-code', '--format', 'json');
    expect([requests(), process.exitCode]).toEqual([[], undefined]);
    expect(JSON.parse(printed[0]!)).toMatchObject({ stacks: [{ key: 'k8s/staging' }] });
    await run('sync', 'production', '--drift-check-only', '--exit-code');
    expect([api.temporal.started.length, process.exitCode]).toEqual([2, 3]);
  });

  it('sync --audit-mode --compliance sox,pci --output: a report that names controls and evidence', async () => {
    const file = join(folder, 'audit-report.json');
    await run('sync', '--audit-mode', '--compliance', 'sox,pci', '--output', file);
    const report = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    expect(report['compliance']).toEqual(['sox', 'pci']);
    expect(Object.keys(report)).toEqual(expect.arrayContaining(['frameworks', 'exceptions', 'verification']));
  });

  it('sync staging --drift-check-only --stack: only that stack is scanned and shown', async () => {
    scanAtOnce();
    await run('sync', 'staging', '--drift-check-only', '--stack', 'k8s/staging', '--format', 'json');
    expect(api.temporal.started).toMatchObject([{ repo: 'my-infra', stack: 'k8s/staging' }]);
    expect(JSON.parse(printed[0]!)).toMatchObject({ stacks: [{ key: 'k8s/staging' }] });
  });

  it('sync production --audit-mode: a report on that environment', async () => {
    await run('sync', 'prod', '--audit-mode', '--compliance', 'sox');
    expect(JSON.parse(printed[0]!)).toMatchObject({ environment: 'production', repo: null });
    await run('sync', 'my-infra', '--audit-mode', '--compliance', 'sox');
    expect(JSON.parse(printed[1]!)).toMatchObject({ environment: null, repo: 'my-infra' });
  });

  it('sync --stack of an environment of several repositories: goes to the one that has it', async () => {
    api.reload({ repos: [aRepo(), aRepo({ name: 'platform' })] });
    const other = await storeTask(api.store, 'platform', [aStack('k8s/production')]);
    await finishTask(api.store, other.id);
    await run('sync', 'production', '--stack', 'k8s/production');
    expect(api.temporal.requested.map(({ repo }) => repo)).toEqual(['platform']);
    expect(requests()).toEqual([{ kind: 'sync', environment: 'production', stacks: ['k8s/production'] }]);
    const toCommit = ['sync', 'production', '--rollback', '--to-commit', 'abc1234'];
    await expect(run(...toCommit)).rejects.toMatchObject({ code: 'usage' });
    await run(...toCommit, '--stack', 'k8s/production');
    expect(api.temporal.requested.map(({ repo }) => repo)).toEqual(['platform', 'platform']);
  });

  it('sync --wait of a task that became a part of another: its end is that of the other', async () => {
    const other = await storeTask(api.store, 'my-infra', [aStack('k8s/staging')], { kind: 'sync' });
    const failed = { status: 'failed', error: { code: 'applies_failed', message: 'No.' } } as const;
    await api.store.tasks.finish(other.id, failed, new Date().toISOString());
    workAtOnce('completed', [], joinedInto(other.id));
    await run('sync', 'production', '--wait', '--format', 'json');
    expect(JSON.parse(printed[0]!)).toMatchObject({ syncs: [{ task: { id: other.id, status: 'failed' } }] });
    expect(process.exitCode).toBe(1);
  });

  const TWO_REPOS = { repos: [aRepo(), aRepo({ name: 'platform' })] };
  const perRepo = () =>
    api.temporal.requested.map(({ repo, request: { environments, environment } }) => [
      repo,
      environments ?? environment,
    ]);

  it('sync --environments: one task for each repository, of those environments that it has', async () => {
    api.reload(TWO_REPOS);
    await finishTask(api.store, (await storeTask(api.store, 'platform', [aStack('k8s/production')])).id);
    await run('sync', '--environments', 'prod,dev', '--parallel');
    expect(perRepo()).toEqual([
      ['my-infra', ['development', 'production']],
      ['platform', 'production'],
    ]);
    await expect(run('sync', '--environments', 'prod,dev', '--commit', 'abc1234')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('my-infra and platform'),
    });
  });

  it('sync --environments without --parallel follows one repository after the other, and stops at what failed', async () => {
    api.reload(TWO_REPOS);
    await finishTask(api.store, (await storeTask(api.store, 'platform', [aStack('k8s/production')])).id);
    workAtOnce('failed');
    await run('sync', '--environments', 'dev,prod');
    expect(perRepo()).toEqual([['my-infra', ['development', 'production']]]);
    expect(process.exitCode).toBe(1);
  });

  it.each([
    ['failed', [], 1],
    ['awaiting_approval', [], 4],
    ['completed', [rejectedVerdict], 1],
  ] as const)(
    'sync --environments --parallel: the branches of one repository keep their order when one ends as %s, %j',
    async (status, verdicts, code) => {
      const branch = aRepo({ name: 'my-infra@release' });
      api.reload({ repos: [branch, ...TWO_REPOS.repos] });
      for (const repo of [branch.name, 'platform'])
        await finishTask(api.store, (await storeTask(api.store, repo, [aStack('k8s/production')])).id);
      workAtOnce(status, verdicts);
      await run('sync', '--environments', 'prod,dev', '--parallel');
      expect(perRepo()).toEqual([
        ['my-infra', 'development'],
        ['platform', 'production'],
      ]);
      expect(process.exitCode).toBe(code);
    },
  );

  it('sync --environments --rollback: each environment goes back by itself', async () => {
    await run('sync', '--environments', 'dev,prod', '--rollback', '--to-commit', 'abc1234', '--parallel');
    expect(perRepo()).toEqual([
      ['my-infra', 'development'],
      ['my-infra', 'production'],
    ]);
  });

  it.each([
    ['awaiting_approval', 4],
    ['failed', 1],
  ] as const)('a followed sync that ends as %s exits with %i', async (status, code) => {
    workAtOnce(status);
    await run('sync', 'production', '--wait');
    expect(process.exitCode).toBe(code);
  });

  it.each([
    [['sync']],
    [['sync', 'moon']],
    [['sync', 'production', '--rollback']],
    [['sync', 'production', '--to-commit', 'abc1234']],
    [['sync', 'production', '--environments', 'dev']],
    [['rollback', 'my-infra', 'terraform/production']],
    [['reject', 'my-infra', 'terraform/production']],
    [['sync', 'staging', '--drift-check-only', '--rollback', '--to-commit', 'abc1234']],
    [['sync', 'staging', '--drift-check-only', '--dry-run']],
    [['sync', 'staging', '--drift-check-only', '--emergency', 'fire']],
    [['sync', 'staging', '--drift-check-only', '--stack', 'terraform/production']],
    [['sync', 'production', '--stack', 'k8s/staging']],
    [['sync', 'production', '--audit-mode', '--emergency', 'fire']],
  ])('%j is bad usage', async (args) => {
    await expect(run(...args)).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('the metrics of the requirements', () => {
  it.each([
    ['gitops_sync_duration_seconds', 'histogram'],
    ['gitops_drift_detected_total', 'counter'],
    ['gitops_sync_success_rate', 'gauge'],
    ['gitops_approval_time_seconds', 'histogram'],
  ])('%s is a %s', async (name, type) => {
    expect(await createMetrics().registry.metrics()).toContain(`# TYPE ${name} ${type}`);
  });
});
