import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/domain/attempt.ts';
import { terragruntDriver } from '../../src/drivers/terragrunt/index.ts';
import { groupIsAlive, signalGroup } from '../../src/util/process-group.ts';
import { identifyProcess } from '../../src/workers/process-identity.ts';
import { anApplyContext, anAttempt, digestOf } from '../support/applying.ts';
import { aBench, aStack, planIn, type Bench } from '../support/terraform.ts';
import { standInTerragrunt } from '../support/terragrunt.ts';
import { waitFor } from '../support/wait-for.ts';

const STACK = aStack('terragrunt', 'live/site');
const CHILD = fileURLToPath(new URL('../support/apply-process.ts', import.meta.url));
const { apply, recover, unlock, verify } = terragruntDriver as Required<typeof terragruntDriver>;

/** Two objects, one after the other; the first takes until a file appears, so that tests decide how long. */
const slow = (live: string) => `terraform {
  backend "local" {
    path = "${live}/site.tfstate"
  }
}
resource "terraform_data" "first" {
  provisioner "local-exec" {
    command = "echo began >> ${live}/runs; for i in $(seq 600); do test -e ${live}/go && exit 0; sleep 0.1; done; exit 1"
  }
}
resource "terraform_data" "second" {
  depends_on = [terraform_data.first]
}
`;

describe('an apply of a unit whose worker is killed (a stand-in for Terragrunt that calls the real Terraform)', () => {
  let bench: Bench;
  const children: ChildProcess[] = [];
  const groups: number[] = [];
  beforeEach(async () => {
    bench = await aBench({
      'live/site/terragrunt.hcl': 'terraform {\n  source = "../../modules//site"\n}\n',
    });
    await bench.write({ 'modules/site/main.tf': slow(bench.live) });
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const group of groups.splice(0)) signalGroup(group, 'SIGKILL');
    await bench.remove();
  });

  const tools = standInTerragrunt;
  const approve = async () =>
    digestOf((await planIn(terragruntDriver, bench, STACK, { tools })).plan.identity);
  const go = () => writeFile(join(bench.live, 'go'), '');
  const lockInfo = () => join(bench.live, '.site.tfstate.lock.info');

  /** Starts an apply in another process, kills that, and gives what the store would know of the attempt. */
  const killed = async (): Promise<{ group: number; attempt: Attempt }> => {
    const digest = await approve();
    const input = JSON.stringify({ bench, stack: STACK, digest, more: { attemptId: 'a-1' } });
    const child = spawn(process.execPath, [CHILD, input], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const group = await new Promise<number>((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const { pgid } = JSON.parse(line) as { pgid?: number };
        if (pgid !== undefined) resolve(pgid);
      });
    });
    groups.push(group);
    const tool = { host: hostname(), ...(await identifyProcess(group))! };
    await waitFor('the first object', () => existsSync(join(bench.live, 'runs')));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    return { group, attempt: anAttempt({ id: 'a-1', digest, tool, stackKey: STACK.key }) };
  };
  const asked = async (attempt: Attempt) => {
    const { context } = await anApplyContext(bench, STACK, { attemptId: attempt.id, tools });
    return await recover(context, attempt);
  };

  it('goes on, and its successor finds that it was done, once', async () => {
    const { group, attempt } = await killed();
    expect(await asked(attempt)).toMatchObject({ outcome: 'still_running', orphanedLock: null });
    await go();
    await waitFor('the tool to finish', async () => !(await groupIsAlive(group)));
    expect(await asked(attempt)).toMatchObject({ outcome: 'applied', orphanedLock: null });
    expect(await readFile(join(bench.live, 'runs'), 'utf8')).toBe('began\n');
    const { context } = await anApplyContext(bench, STACK, { tools });
    expect(await verify(context)).toMatchObject({ ok: true });
  });

  it('is never called undone when its tools were killed, too; the lock that they left is released when asked for', async () => {
    const { group, attempt } = await killed();
    signalGroup(group, 'SIGKILL');
    await waitFor('the tools to end', async () => !(await groupIsAlive(group)));
    const recovery = await asked(attempt);
    expect(['partial', 'unknown']).toContain(recovery.outcome);
    expect(recovery.summary).toContain('terraform_data.first');
    const lock = recovery.orphanedLock!;
    expect(lock.who).toContain(`@${hostname()}`);
    const { context } = await anApplyContext(bench, STACK, { tools });
    await expect(apply(context, await approve())).rejects.toMatchObject({ code: 'lock_held' });
    await unlock(context, lock);
    expect(existsSync(lockInfo())).toBe(false);
    await go();
    expect(await apply(context, await approve())).toMatchObject({ status: 'applied' });
  });
});
