import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { faultLines, faultsOf, loadText } from '../../test/support/config-file.ts';

const repo = (lines = ''): string => `repos:\n  - name: r\n    url: https://example.com/o/r.git\n${lines}`;

describe('loadConfig with a valid file', () => {
  it('fills in the defaults, also for an empty file', async () => {
    const { settings, notices, dir } = await loadText('');
    expect(notices).toEqual([]);
    expect(settings).toMatchObject({
      dataDir: join(dir, 'data'),
      listen: { host: '0.0.0.0', port: 8080 },
      temporal: { address: null, namespace: 'default', tls: null, apiKey: null, taskQueue: 'plumbline' },
      embeddedTemporalIp: null,
      storeUrl: null,
      s3: null,
      auth: { mode: 'open' },
      logLevel: 'info',
      workerMetrics: null,
      otlpEndpoint: null,
    });
    expect(settings.published).toMatchObject({
      worker: {
        concurrency: 5,
        lockTtlMs: 1_800_000,
        renewEveryMs: 600_000,
        retryOnce: true,
        taskMaxAgeMs: 21_600_000,
      },
      repos: [],
      gitAllowLocal: false,
      toolchain: { cacheDir: null, download: true, build: true, tools: {} },
    });
  });

  it('takes a key without a value for no key', async () => {
    const { settings } = await loadText(`worker:\n${repo('    schedule:\n    stacks:\n    git:\n')}`);
    expect(settings.published.repos[0]).toMatchObject({
      schedule: null,
      stacks: null,
      git: { type: 'ambient' },
    });
  });

  it('makes relative paths absolute against the current folder', async () => {
    const { settings, dir } = await loadText(
      `data_dir: d\ntoolchain: {cache_dir: c}\n${repo().replace('https://example.com/o/r.git', 'git@example.com:o/r.git')}    git: {type: ssh, ssh_key_path: keys/id}\n`,
    );
    expect(settings.dataDir).toBe(join(dir, 'd'));
    expect(settings.cacheDir).toBe(join(dir, 'c'));
    expect(settings.published.repos[0]!.git).toEqual({
      type: 'ssh',
      keyPath: join(dir, 'keys/id'),
      knownHostsPath: null,
    });
  });

  it('lets a repo replace the discovery of the top level key by key', async () => {
    const text = `discovery: {include: [envs/**], exclude: [old/**]}\n${repo('    discovery: {include: [live/**]}\n')}`;
    const { settings } = await loadText(text);
    expect(settings.published.repos[0]!.discovery).toEqual({ include: ['live/**'], exclude: ['old/**'] });
  });

  it('reads what the environment is allowed to override, and nothing else', async () => {
    const env = {
      PLUMBLINE_DATA_KEY: 'a2V5',
      PLUMBLINE_CACHE_DIR: '/cache',
      LOG_LEVEL: 'DEBUG',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      PLUMBLINE_EMBEDDED_TEMPORAL_IP: 'own',
      DATA_DIR: '/elsewhere',
      PLUMBLINE_DATA_DIR: '/elsewhere',
    };
    const { settings, dir } = await loadText('toolchain: {cache_dir: c}\ntelemetry: {log_level: warn}', {
      env,
    });
    expect(settings).toMatchObject({
      dataDir: join(dir, 'data'),
      dataKey: 'a2V5',
      cacheDir: '/cache',
      logLevel: 'debug',
      otlpEndpoint: 'http://collector:4318',
      embeddedTemporalIp: 'own',
    });
  });

  it('reads the connections whose secrets are named', async () => {
    const text = [
      'temporal: {address: "cloud:7233", namespace: ns, api_key_env: KEY}',
      'store: {url_env: DB}',
      'artifacts: {s3: {endpoint: "http://s3:9000/", bucket: b, access_key_id_env: ID, secret_access_key_env: SECRET}}',
      'auth: {tokens: [{name: ci, token_env: TOKEN}, {name: ops, hash: "sha256:' + 'a'.repeat(64) + '"}]}',
    ].join('\n');
    const env = { KEY: 'k', DB: 'postgres://u:p@db/x', ID: 'id', SECRET: 'secret', TOKEN: 'token' };
    const { settings } = await loadText(text, { env });
    expect(settings.temporal).toMatchObject({ apiKey: 'k', tls: { caPath: null } });
    expect(settings.storeUrl).toBe('postgres://u:p@db/x');
    expect(settings.s3).toMatchObject({
      endpoint: 'http://s3:9000',
      accessKeyId: 'id',
      secretAccessKey: 'secret',
    });
    const operator = {
      kind: 'person',
      teams: [],
      aliases: [],
      grants: [{ role: 'operator', repos: [], environments: [] }],
      expiresAt: null,
    };
    expect(settings.auth).toEqual({
      mode: 'tokens',
      tokens: [
        { ...operator, name: 'ci', sha256: createHash('sha256').update('token').digest('hex') },
        { ...operator, name: 'ops', sha256: 'a'.repeat(64) },
      ],
      oidc: [],
    });
  });

  it('leaves out an API token whose variable is not set, and says so', async () => {
    const { settings, notices } = await loadText('auth: {tokens: [{name: ci, token_env: TOKEN}]}');
    expect(settings.auth).toEqual({ mode: 'tokens', tokens: [], oidc: [] });
    expect(notices).toEqual([
      'The token "ci" can\'t be used here: the environment variable TOKEN is not set.',
    ]);
  });

  it('hands the options of the drivers on as they are written', async () => {
    const drivers = { fake: z.strictObject({ depth: z.int().default(3), size: z.int().optional() }) };
    const { settings } = await loadText('drivers: {fake: {size: 2}}', { drivers });
    expect(settings.published.drivers).toEqual({ fake: { size: 2 } });
    expect(await faultLines('drivers: {fake: {size: x}}', { drivers })).toEqual([
      'drivers.fake.size: must be a number, not a text',
    ]);
  });
});

describe('loadConfig and secrets', () => {
  const canary = 'c4n4ry-7e57';

  it('publishes nothing of the credentials in URLs and variables', async () => {
    const text = [
      `store: {url: "postgres://u:${canary}@db/x"}`,
      'temporal: {address: "cloud:7233", api_key_env: KEY}',
      'scan: {env: {TF_VAR_password: {from_env: PASSWORD}}}',
      'repos:',
      `  - {name: a, url: "https://user:${canary}@example.com/o/a.git"}`,
      `  - {name: b, url: "https://${canary}@example.com/o/b.git"}`,
    ].join('\n');
    const env = { KEY: canary, PASSWORD: canary, PLUMBLINE_DATA_KEY: canary };
    const { settings, notices } = await loadText(text, { env });
    expect(JSON.stringify(settings.published) + notices.join()).not.toContain(canary);
    expect(settings.published.repos.map((each) => each.url)).toEqual([
      'https://example.com/o/a.git',
      'https://example.com/o/b.git',
    ]);
    expect(settings.secrets.urlCredentials).toEqual({ a: `user:${canary}`, b: `${canary}:` });
    expect(settings.secrets.env('PASSWORD')).toBe(canary);
    expect(settings.published.scan.env).toEqual({ TF_VAR_password: { fromEnv: 'PASSWORD' } });
  });

  it('never repeats a secret in a fault', async () => {
    const text = [
      `scan: {env: {DB_PASSWORD: "${canary}"}}`,
      'repos:',
      `  - {name: a, url: "ssh://user:${canary}@example.com/o/a.git"}`,
      `  - {name: b, url: "user:${canary}@example.com:o/a.git"}`,
      `  - {name: c, url: "https://user:${canary}@example.com/o/a.git?x=1"}`,
      `drivers: {fake: {api_token: "${canary}"}}`,
    ].join('\n');
    const faults = await faultsOf(text, { drivers: { fake: z.looseObject({}) } });
    expect(faults.map((fault) => fault.path)).toEqual([
      'scan.env.DB_PASSWORD',
      'repos[0].url',
      'repos[1].url',
      'repos[2].url',
      'drivers.fake.api_token',
    ]);
    expect(JSON.stringify(faults)).not.toContain(canary);
    expect(faults[0]?.suggestion).toBe('write DB_PASSWORD: {from_env: DB_PASSWORD}');
  });
});
