import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { driverSchemas } from '../../src/local/driver-schemas.ts';
import { faultLines, loadText } from '../support/config-file.ts';
import { DRIFTD_SAMPLE } from '../support/driftd-sample.ts';

const repoWith = (url: string, git: string): string =>
  `repos:\n  - name: my-infra\n    url: ${url}\n    git:\n${git.replaceAll(/^/gm, '      ')}`;

describe("driftd's config file", () => {
  it('works as it is, with every key taken over', async () => {
    const { settings, notices } = await loadText(DRIFTD_SAMPLE);
    expect(settings.listen).toEqual({ host: '0.0.0.0', port: 8080 });
    expect(settings.published.worker).toEqual({
      concurrency: 5,
      lockTtlMs: 30 * 60_000,
      renewEveryMs: 10_000,
      retryOnce: true,
      taskMaxAgeMs: 6 * 3_600_000,
    });
    expect(settings.published.repos).toEqual([
      {
        name: 'my-infra',
        url: 'https://github.com/myorg/terraform-infra.git',
        branch: null,
        cancelInflightOnNewTrigger: true,
        git: { type: 'https', tokenEnv: 'GIT_TOKEN', username: 'x-access-token' },
        schedule: '0 */6 * * *',
        intervalMs: null,
        stacks: ['envs/prod', 'envs/staging', 'envs/dev'],
        discovery: { include: [], exclude: [] },
        submodules: false,
      },
    ]);
    expect(notices).toEqual([
      'redis is not needed: Temporal is the queue and the lock. The section can be removed.',
    ]);
  });

  it('logs in over SSH with a key and known hosts', async () => {
    const git =
      'type: ssh\nssh_key_path: /etc/driftd/ssh/id_ed25519\nssh_known_hosts_path: /etc/driftd/ssh/known_hosts\n';
    const { settings } = await loadText(repoWith('git@github.com:myorg/terraform-infra.git', git));
    expect(settings.published.repos[0]!.git).toEqual({
      type: 'ssh',
      keyPath: '/etc/driftd/ssh/id_ed25519',
      knownHostsPath: '/etc/driftd/ssh/known_hosts',
    });
  });

  it('logs in over HTTPS with a token from the environment', async () => {
    const git = 'type: https\nhttps_token_env: GIT_TOKEN\nhttps_username: x-access-token\n';
    const { settings } = await loadText(repoWith('https://github.com/myorg/terraform-infra.git', git));
    expect(settings.published.repos[0]!.git).toEqual({
      type: 'https',
      tokenEnv: 'GIT_TOKEN',
      username: 'x-access-token',
    });
  });

  it('logs in as a GitHub App', async () => {
    const git =
      'type: github_app\ngithub_app:\n  app_id: 123456\n  installation_id: 12345678\n  private_key_path: /etc/driftd/github-app.pem\n';
    const { settings } = await loadText(repoWith('https://github.com/myorg/terraform-infra.git', git));
    expect(settings.published.repos[0]!.git).toEqual({
      type: 'github_app',
      appId: 123456,
      installationId: 12345678,
      privateKeyPath: '/etc/driftd/github-app.pem',
      apiUrl: 'https://api.github.com',
    });
  });

  it('uses the ambient set-up, or the token in the URL, when no log-in is configured', async () => {
    const text =
      'repos:\n  - {name: a, url: "https://x:tok3n@host.example/a.git"}\n  - {name: b, url: "git@host.example:b.git"}\n';
    const { settings } = await loadText(text);
    expect(settings.published.repos.map((repo) => repo.git.type)).toEqual(['ambient', 'ambient']);
    expect(settings.secrets.urlCredentials).toEqual({ a: 'x:tok3n' });
  });

  it('has the documented defaults and limits', async () => {
    const { settings } = await loadText('worker: {lock_ttl: 2m, renew_every: 0}');
    expect(settings.published.worker).toMatchObject({
      concurrency: 5,
      taskMaxAgeMs: 21_600_000,
      renewEveryMs: 40_000,
    });
    const half = await loadText('worker: {lock_ttl: 2m, renew_every: 1m}');
    expect(half.settings.published.worker.renewEveryMs).toBe(60_000);
    expect(await faultLines('worker: {lock_ttl: 90s}')).toHaveLength(1);
    expect(await faultLines('worker: {lock_ttl: 2m, renew_every: 61s}')).toHaveLength(1);
    expect(await faultLines('worker: {renew_every: 5s}')).toHaveLength(1);
  });

  it('scans by hand only when the schedule is left out or empty', async () => {
    const text =
      'repos:\n  - {name: a, url: "https://h/a.git"}\n  - {name: b, url: "https://h/b.git", schedule: ""}\n';
    const { settings } = await loadText(text);
    expect(settings.published.repos.map((repo) => repo.schedule)).toEqual([null, null]);
  });
});

describe('examples/config.yaml', () => {
  it('is valid and has every key of the sample', async () => {
    const file = new URL('../../examples/config.yaml', import.meta.url);
    const { settings } = await loadConfig(file.pathname, { env: {}, drivers: driverSchemas() });
    expect(settings.published.repos.map((repo) => repo.git.type)).toEqual(['https', 'ssh', 'github_app']);
    const text = readFileSync(file, 'utf8');
    for (const key of DRIFTD_SAMPLE.matchAll(/^[\s-]*([a-z_]+):/gm)) expect(text).toContain(`${key[1]}:`);
  });
});
