import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../domain/json.ts';
import { s3LockUrl } from './s3-lock.ts';

const BASE = { bucket: 'states', key: 'prod/app.tfstate', region: 'eu-west-1', use_lockfile: true };
const s3 = (config: JsonObject) => ({ type: 's3', config: { ...BASE, ...config } });

describe('s3LockUrl', () => {
  it.each([
    [{}, 'default', 'https://s3.eu-west-1.amazonaws.com/states/prod/app.tfstate.tflock'],
    [{}, 'blue', 'https://s3.eu-west-1.amazonaws.com/states/env%3A/blue/prod/app.tfstate.tflock'],
    [
      { workspace_key_prefix: 'ws' },
      'blue',
      'https://s3.eu-west-1.amazonaws.com/states/ws/blue/prod/app.tfstate.tflock',
    ],
    [
      { endpoints: { s3: 'http://127.0.0.1:9000/' } },
      'default',
      'http://127.0.0.1:9000/states/prod/app.tfstate.tflock',
    ],
    [{ endpoint: 's3.example.com' }, 'default', 'https://s3.example.com/states/prod/app.tfstate.tflock'],
    [{ use_lockfile: null }, 'default', undefined],
    [{ key: null }, 'default', undefined],
  ])('of %j and the workspace %s is %s', (config, workspace, url) => {
    expect(s3LockUrl(s3(config as JsonObject), workspace)).toBe(url);
  });

  it('goes by the environment where the backend says nothing', () => {
    const env = { AWS_REGION: 'eu-north-1' };
    const region = s3LockUrl(s3({ region: null }), 'default', env);
    expect(region).toBe('https://s3.eu-north-1.amazonaws.com/states/prod/app.tfstate.tflock');
    const endpoint = s3LockUrl(s3({}), 'default', { AWS_ENDPOINT_URL_S3: 'http://s3.test' });
    expect(endpoint).toBe('http://s3.test/states/prod/app.tfstate.tflock');
  });

  it('is none of other backends', () => {
    expect(s3LockUrl(undefined, 'default')).toBeUndefined();
    expect(s3LockUrl({ type: 'gcs', config: BASE }, 'default')).toBeUndefined();
  });
});
