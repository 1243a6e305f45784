import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { s3Keys } from './s3-credentials.ts';

describe('the keys of an S3 backend', () => {
  let folder: string;
  let marker: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plumbline-keys-'));
    marker = join(folder, 'ran');
    await mkdir(join(folder, 'aws'));
    await writeFile(
      join(folder, 'aws/config'),
      `[default]
credential_process = touch ${marker}
[profile own]
aws_access_key_id = an-id
aws_secret_access_key = a-secret
[profile program]
credential_process = touch ${marker}
[profile built]
role_arn = arn:aws:iam::123456789012:role/states
source_profile = program
[profile machine]
role_arn = arn:aws:iam::123456789012:role/states
credential_source = Environment
`,
    );
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const keys = (config: Record<string, string> = {}) =>
    s3Keys({ shared_config_files: ['aws/config'], skip_metadata_api_check: true, ...config }, {}, folder);

  it('stand in a file of the stack’s folder', async () => {
    expect(await keys({ profile: 'own' })).toMatchObject({
      accessKeyId: 'an-id',
      secretAccessKey: 'a-secret',
    });
  });

  it.each([
    ['', 'credential_process of the profile default'],
    ['program', 'credential_process of the profile program'],
    ['built', 'credential_process of the profile program'],
    ['machine', 'credential_source of the profile machine'],
  ])('are not had by a program or from this process, as the profile %j says', async (profile, why) => {
    await expect(keys({ profile })).rejects.toThrow(`${why} is not followed.`);
    await expect(access(marker)).rejects.toThrow('ENOENT');
  });
});
