import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import { signalGroup } from '../../src/util/process-group.ts';
import { startS3, type S3Server } from '../support/s3.ts';
import { aBench, aStack, planIn, type Bench } from '../support/terraform.ts';
import { waitFor } from '../support/wait-for.ts';

const STACK = aStack('terraform', 'envs/prod');
/** The server's program may have to be built first. */
const START_TIMEOUT_MS = 1_200_000;

describe('the lock of a state in S3', () => {
  let s3: S3Server;
  let bench: Bench;
  let byHand: ChildProcess | undefined;
  beforeEach(async () => {
    s3 = await startS3();
    bench = await aBench();
  }, START_TIMEOUT_MS);
  afterEach(async () => {
    if (byHand?.pid !== undefined && byHand.exitCode === null) signalGroup(byHand.pid, 'SIGKILL');
    await bench.remove();
    await s3.stop();
  });

  const main = ({ endpoint, bucket, region }: S3Server['settings']) => `terraform {
  backend "s3" {
    bucket                      = "${bucket}"
    key                         = "prod/app.tfstate"
    region                      = "${region}"
    endpoints                   = { s3 = "${endpoint}" }
    use_lockfile                = true
    use_path_style              = true
    skip_credentials_validation = true
    skip_metadata_api_check     = true
    skip_requesting_account_id  = true
    skip_region_validation      = true
    skip_s3_checksum            = true
  }
}
resource "terraform_data" "this" {
  provisioner "local-exec" {
    command = "touch ${bench.live}/began; for i in $(seq 1200); do test -e ${bench.live}/go && exit 0; sleep 0.1; done; exit 1"
  }
}
`;

  it('is shown while somebody holds it, and not after', async () => {
    const { accessKeyId, secretAccessKey } = s3.settings;
    const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    await bench.write({ 'envs/prod/main.tf': main(s3.settings), 'by-hand/main.tf': main(s3.settings) });
    const lock = async () => (await planIn(terraformDriver, bench, STACK, { env })).plan.stateLock;
    expect(await lock()).toBeNull();

    const terraform = (...args: string[]) => {
      const options = { cwd: join(bench.workTree, 'by-hand'), env: { ...toolEnv(process.env), ...env } };
      byHand = spawn('terraform', args, { ...options, stdio: 'ignore', detached: true });
      return new Promise<number | null>((resolve) => byHand!.once('exit', resolve));
    };
    expect(await terraform('init', '-input=false')).toBe(0);
    const applied = terraform('apply', '-auto-approve', '-input=false');
    await waitFor('the apply by hand', () => existsSync(join(bench.live, 'began')));
    expect(await lock()).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      who: expect.stringContaining(`@${hostname()}`) as string,
      operation: 'OperationTypeApply',
    });
    await writeFile(join(bench.live, 'go'), '');
    expect(await applied).toBe(0);
    expect(await lock()).toBeNull();
  });
});
