import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import { signalGroup } from '../../src/util/process-group.ts';
import { startDynamodb, type DynamodbServer } from '../support/dynamodb.ts';
import { startS3, type S3Server } from '../support/s3.ts';
import { startSts, type StsServer } from '../support/sts.ts';
import { aBench, aStack, planIn, type Bench } from '../support/terraform.ts';
import { waitFor } from '../support/wait-for.ts';

const STACK = aStack('terraform', 'envs/prod');
const ROLE = 'arn:aws:iam::123456789012:role/states';
/** The server's program may have to be built first. */
const START_TIMEOUT_MS = 1_200_000;

describe('the lock of a state in S3', () => {
  let s3: S3Server;
  let sts: StsServer;
  let dynamodb: DynamodbServer;
  let bench: Bench;
  let byHand: ChildProcess | undefined;
  beforeEach(async () => {
    s3 = await startS3();
    sts = await startSts({ callerKeyId: 'caller', roleArn: ROLE, keys: s3.settings });
    dynamodb = await startDynamodb({ table: 'locks', keyId: s3.settings.accessKeyId });
    bench = await aBench();
  }, START_TIMEOUT_MS);
  afterEach(async () => {
    if (byHand?.pid !== undefined && byHand.exitCode === null) signalGroup(byHand.pid, 'SIGKILL');
    await bench.remove();
    await dynamodb.stop();
    await sts.stop();
    await s3.stop();
  });

  const main = (access = '', lock = 'use_lockfile = true') => `terraform {
  backend "s3" {
    bucket                      = "${s3.settings.bucket}"
    key                         = "prod/app.tfstate"
    region                      = "${s3.settings.region}"
    endpoints                   = { s3 = "${s3.settings.endpoint}", sts = "${sts.url}", dynamodb = "${dynamodb.url}" }
    ${lock}
    use_path_style              = true
    skip_credentials_validation = true
    skip_metadata_api_check     = true
    skip_requesting_account_id  = true
    skip_region_validation      = true
    skip_s3_checksum            = true
    ${access}
  }
}
resource "terraform_data" "this" {
  provisioner "local-exec" {
    command = "touch ${bench.live}/began; for i in $(seq 1200); do test -e ${bench.live}/go && exit 0; sleep 0.1; done; exit 1"
  }
}
`;

  const keys = (id: string, secret: string) => ({ AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret });
  /** A file with the keys of the server under a profile. */
  async function aProfile(profile: string): Promise<string> {
    const { accessKeyId, secretAccessKey } = s3.settings;
    const path = join(bench.root, `${profile}.ini`);
    await writeFile(
      path,
      `[${profile}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
    );
    return path;
  }

  interface Access {
    backend?: string;
    /** How the state is locked, where not by an object beside it. */
    lock?: string;
    env: Record<string, string>;
  }
  const WAYS: Record<string, () => Access | Promise<Access>> = {
    'keys of the environment': () => ({
      env: keys(s3.settings.accessKeyId, s3.settings.secretAccessKey),
    }),
    'keys of the environment, from a table': () => ({
      lock: 'dynamodb_table = "locks"',
      env: keys(s3.settings.accessKeyId, s3.settings.secretAccessKey),
    }),
    'a profile of the backend, whatever keys the environment has': async () => ({
      backend: `profile = "states"\nshared_credentials_files = ["${await aProfile('states')}"]`,
      env: keys('nobody', 'nothing'),
    }),
    'a profile of the environment': async () => ({
      env: { AWS_PROFILE: 'states', AWS_SHARED_CREDENTIALS_FILE: await aProfile('states') },
    }),
    'a role that is assumed': () => ({
      backend: `assume_role = { role_arn = "${ROLE}", session_name = "drift" }`,
      env: keys('caller', 'secret'),
    }),
  };

  it.each(Object.keys(WAYS))('is shown while somebody holds it, and not after, with %s', async (way) => {
    const { backend, lock, env } = await WAYS[way]!();
    const source = main(backend, lock);
    await bench.write({ 'envs/prod/main.tf': source, 'by-hand/main.tf': source });
    const look = async () => (await planIn(terraformDriver, bench, STACK, { env })).plan;
    expect(await look()).toMatchObject({ stateLock: null, warnings: [] });

    const terraform = (...args: string[]) => {
      const options = { cwd: join(bench.workTree, 'by-hand'), env: { ...toolEnv(process.env), ...env } };
      byHand = spawn('terraform', args, { ...options, stdio: 'ignore', detached: true });
      return new Promise<number | null>((resolve) => byHand!.once('exit', resolve));
    };
    expect(await terraform('init', '-input=false')).toBe(0);
    const applied = terraform('apply', '-auto-approve', '-input=false');
    await waitFor('the apply by hand', () => existsSync(join(bench.live, 'began')));
    expect((await look()).stateLock).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      who: expect.stringContaining(`@${hostname()}`) as string,
      operation: 'OperationTypeApply',
    });
    await writeFile(join(bench.live, 'go'), '');
    expect(await applied).toBe(0);
    expect(await look()).toMatchObject({ stateLock: null, warnings: [] });
    expect(new Set(sts.sessions)).toEqual(
      new Set(backend?.includes('assume_role') === true ? ['drift'] : []),
    );
  });

  it('is said not to be readable, and why, where Terraform reaches the state by a way that is not followed', async () => {
    const files = [await aProfile('states'), await aProfile('others')].map((path) => `"${path}"`);
    const backend = `profile = "states"\nshared_credentials_files = [${files.join(', ')}]`;
    await bench.write({ 'envs/prod/main.tf': main(backend) });
    const { plan } = await planIn(terraformDriver, bench, STACK, { env: {} });
    expect(plan.stateLock).toBeNull();
    expect(plan.warnings).toEqual([
      "The state's lock in S3 could not be read: several shared_credentials_files are not followed.",
    ]);
  });

  it('is said not to be readable where the table refuses', async () => {
    await bench.write({ 'envs/prod/main.tf': main('', 'dynamodb_table = "others"') });
    const { accessKeyId, secretAccessKey } = s3.settings;
    const { plan } = await planIn(terraformDriver, bench, STACK, { env: keys(accessKeyId, secretAccessKey) });
    expect(plan.stateLock).toBeNull();
    expect(plan.warnings).toEqual([
      `The state's lock in DynamoDB could not be read: ${new URL(dynamodb.url).host} answered 400.`,
    ]);
  });
});
