import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRecall } from '../../src/activities/recall.ts';
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { openArtifactStore } from '../../src/store/artifacts/open.ts';
import { loadDataKey } from '../../src/store/data-key.ts';
import { applyIn, aBench, aStack, planIn, type Bench } from '../support/terraform.ts';

const STACK = aStack('terraform', 'envs/prod');
const CANARY = 'canary-3d1f7a';

describe('planning a stack again with the real Terraform', () => {
  let bench: Bench;
  let dataDir: string;
  beforeEach(async () => {
    bench = await aBench();
    dataDir = await mkdtemp(join(tmpdir(), 'plumbline-recall-'));
    await main('1');
    await applyIn(bench, 'envs/prod');
  });
  afterEach(async () => {
    await bench.remove();
    await rm(dataDir, { recursive: true, force: true });
  });

  const main = (input: string) =>
    bench.write({
      'envs/prod/main.tf':
        `terraform {\n  backend "local" {\n    path = "${join(bench.live, 'terraform.tfstate')}"\n  }\n}\n` +
        `resource "terraform_data" "a" {\n  count = 5\n  input = "${input}"\n}\n` +
        `output "secret" {\n  value     = "${CANARY}"\n  sensitive = true\n}\n`,
    });

  /** Plans as a worker does, and as one does that remembers nothing. */
  const planTwice = async () => {
    const key = await loadDataKey({ dataDir, fromEnv: null, create: true });
    const artifacts = openArtifactStore({ dataDir, s3: null, key });
    const put = async (...what: Parameters<typeof artifacts.put>) => await artifacts.put(...what);
    const recall = createRecall({ artifacts, digestKey: key.digestKey }, dataDir);
    const oracle = await planIn(terraformDriver, bench, STACK);
    const stored = await planIn(terraformDriver, bench, STACK, { artifacts: put, recall });
    const raw = stored.plan.artifacts.find(({ kind }) => kind === 'plan_json_raw')!;
    const shown = Buffer.from(await artifacts.get(raw)).toString('utf8');
    return { oracle, stored, shown };
  };
  const untimed = (json: unknown) => ({ ...(JSON.parse(String(json)) as object), timestamp: '' });

  it('shows a plan that says what the last one said without starting Terraform, and says the same', async () => {
    await main('2');
    expect((await planTwice()).stored.plan.durationsMs).toHaveProperty('show');
    const { oracle, stored, shown } = await planTwice();
    expect(stored.plan.durationsMs).not.toHaveProperty('show');
    expect(untimed(shown)).toEqual(untimed(oracle.artifacts.get('plan_json_raw')));
    expect(stored.plan.changes).toEqual(oracle.plan.changes);
    expect(stored.plan.identity).toEqual(oracle.plan.identity);
  });

  it('shows it anew when anything has changed: configuration, live, or state', async () => {
    await planTwice();
    await main('3');
    const pending = await planTwice();
    expect(pending.stored.plan.durationsMs).toHaveProperty('show');
    expect(pending.stored.plan.changes).toHaveLength(5);
    await applyIn(bench, 'envs/prod');
    const clean = await planTwice();
    expect(clean.stored.plan.durationsMs).toHaveProperty('show');
    expect(clean.stored.plan.changes).toEqual([]);
  });

  it('leaves no value of a plan in an open file, and plans without its memory when that is damaged', async () => {
    await planTwice();
    const entries = await readdir(dataDir, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const texts = await Promise.all(
      files.map((file) => readFile(join(file.parentPath, file.name), 'latin1')),
    );
    expect(texts.length).toBeGreaterThan(4);
    expect(texts.filter((text) => text.includes(CANARY))).toEqual([]);
    await writeFile(join(dataDir, 'recall-plan_json_raw.json'), '{');
    expect((await planTwice()).stored.plan.durationsMs).toHaveProperty('show');
  });
});
