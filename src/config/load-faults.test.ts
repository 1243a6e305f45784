import { describe, expect, it } from 'vitest';
import { faultLines, faultsOf, loadText } from '../../test/support/config-file.ts';
import { ConfigError } from './config-error.ts';
import { loadConfig } from './load.ts';

const repo = (lines = ''): string => `repos:\n  - name: r\n    url: https://example.com/o/r.git\n${lines}`;

describe('loadConfig with faults', () => {
  it('tells all of them at once, each with its place and what to do, in the order of the file', async () => {
    const text = [
      'listen_adr: ":8080"',
      'worker:',
      '  concurrency: "5"',
      '  lock_ttl: 1m',
      'repos:',
      '  - name: my infra',
      '    url: https://example.com/r.git',
      '    schedule: every hour',
      '    stacks: [envs/prod, ../etc]',
    ].join('\n');
    expect(await faultsOf(text)).toEqual([
      {
        path: 'listen_adr',
        line: 1,
        column: 1,
        message: 'is not a known key',
        suggestion: 'did you mean listen_addr?',
      },
      {
        path: 'worker.concurrency',
        line: 3,
        column: 16,
        message: 'must be a number, not a text',
        suggestion: 'write 5 without quotes',
      },
      {
        path: 'worker.lock_ttl',
        line: 4,
        column: 13,
        message: '1m is too short: the least is 2m',
        suggestion: 'write 2m',
      },
      { path: 'repos[0].name', line: 6, column: 11, message: 'must be letters, digits and . _ -' },
      {
        path: 'repos[0].schedule',
        line: 8,
        column: 15,
        message: 'a schedule has 5 fields (minute hour day month weekday), not 2',
        suggestion: 'for example "0 */6 * * *"',
      },
      {
        path: 'repos[0].stacks[1]',
        line: 9,
        column: 25,
        message: '"../etc" could leave the repository (..)',
        suggestion: 'give the path from the top of the repository',
      },
    ]);
  });

  it.each([
    ['worker: {lock_ttl: 119s}', 'worker.lock_ttl: 119s is too short: the least is 2m'],
    ['worker: {renew_every: 9s}', 'worker.renew_every: 9s is too short: the least is 10s'],
    [
      'worker: {lock_ttl: 2m, renew_every: 61s}',
      'worker.renew_every: 1m1s is more than half of lock_ttl (2m)',
    ],
    [
      'worker: {task_max_age: 1M}',
      'worker.task_max_age: "1M" is not a duration: "M" is no unit; the units are ns, us, ms, s, m and h',
    ],
    ['worker: {concurrency: 0}', 'worker.concurrency: must be at least 1'],
    ['worker: {retry_once: yes please}', 'worker.retry_once: must be true or false, not a text'],
    ['listen_addr: "8080"', 'listen_addr: "8080" is not an address'],
    ['data_dir: ~/data', 'data_dir: ~ is not expanded'],
    ['auth: everyone', 'auth: must be none, or a section with tokens'],
    ['auth: {tokens: [{name: a}]}', 'auth.tokens[0]: has neither hash nor token_env'],
    ['auth: {tokens: [{nam: a, token_env: A}]}', 'auth.tokens[0].name: is missing'],
    ['store: {url: "mysql://db/x"}', 'store.url: must be a postgres:// URL'],
    ['store: {url_env: DB}', 'store.url_env: names the environment variable DB, which is not set'],
    ['ignore: [{reason: x}]', 'ignore[0]: would ignore everything'],
    ['ignore: [{type: a, reason: x, until: 2026-02-30}]', 'ignore[0].until: "2026-02-30" is not a day'],
    ['ignore: [{type: a}]', 'ignore[0].reason: is missing'],
    [
      'severity: {rules: [{type: a, severity: severe}]}',
      'severity.rules[0].severity: must be one of critical, high, medium, low',
    ],
    ['drivers: {unheard: {}}', 'drivers.unheard: is not a known key'],
    ['scan: {env: {N: 5}}', 'scan.env.N: must be a text in quotes, or {from_env: NAME}'],
    [
      'scan: {var_files: [/etc/x.tfvars]}',
      'scan.var_files[0]: "/etc/x.tfvars" is not relative to the repository',
    ],
    ['temporal: {address: temporal}', 'temporal.address: must be host:port, such as temporal:7233'],
    ['- a', ': must be a section of keys, not a list'],
  ])('says of %s: %s', async (text, line) => {
    expect(await faultLines(text)).toContain(line);
  });

  it.each([
    ['git: {type: https}', 'repos[0].git.https_token_env: is missing: type https needs it'],
    ['git: {type: github_app}', 'repos[0].git.github_app: is missing: type github_app needs it'],
    [
      'git: {type: ssh, ssh_key_path: /k}',
      "repos[0].git.type: ssh does not fit the repository's URL (https)",
    ],
    ['git: {https_token_env: T}', 'repos[0].git.type: is missing'],
    ['stacks: [a, ./a/]', 'repos[0].stacks[1]: "a" is already listed as stacks[0]'],
    ['stacks: [-rf]', 'repos[0].stacks[0]: "-rf" could be read as an option (leading -)'],
    ['stacks: [/abs]', 'repos[0].stacks[0]: "/abs" is not relative to the repository'],
    ['branch: -x', 'repos[0].branch: is not a branch name'],
  ])('says of a repo with %s: %s', async (line, fault) => {
    expect(await faultLines(repo(`    ${line}\n`))).toContain(fault);
  });

  it('names the first of two repos with one name', async () => {
    const text = `${repo()}  - name: r\n    url: https://example.com/o/s.git\n`;
    expect(await faultsOf(text)).toEqual([
      {
        path: 'repos[1].name',
        line: 4,
        column: 11,
        message: '"r" is already the name of repos[0]',
        suggestion: 'use another name, such as r-2',
      },
    ]);
  });

  it('places faults of the YAML itself, and of keys that stand twice', async () => {
    const broken = await faultsOf('worker: {concurrency: 5\nrepos: [');
    expect(broken[0]).toMatchObject({ path: '', line: 2 });
    const twice = await faultsOf('worker: {concurrency: 5}\nworker: {concurency: 6}\n');
    expect(twice.map((fault) => [fault.line, fault.message])).toContainEqual([
      2,
      'this key stands here twice',
    ]);
    expect(twice.map((fault) => fault.path)).toContain('worker.concurency');
  });

  it('says what to do when the file is missing', async () => {
    const error: unknown = await loadConfig('/nonexistent/config.yaml', { env: {}, drivers: {} }).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({ code: 'config_invalid', faults: [{ message: 'there is no such file' }] });
  });

  it('finds faults in what an alias stands for', async () => {
    const text =
      'repos:\n  - &r {name: a, url: https://example.com/a.git, brnch: x}\n  - {<<: *r, name: b}\n';
    expect((await faultsOf(text)).map((fault) => `${fault.path} ${fault.line}`)).toEqual([
      'repos[0].brnch 2',
      'repos[1].brnch 3',
    ]);
  });

  it('refuses a log level from the environment that does not exist', async () => {
    expect(await faultLines('', { env: { LOG_LEVEL: 'loud' } })).toEqual([
      ': the environment variable LOG_LEVEL is "loud"',
    ]);
  });

  it('refuses an address of the embedded server that is none', async () => {
    expect(await faultLines('', { env: { PLUMBLINE_EMBEDDED_TEMPORAL_IP: 'eth0' } })).toEqual([
      ': the environment variable PLUMBLINE_EMBEDDED_TEMPORAL_IP is "eth0"',
    ]);
  });

  it('takes an unset variable for a notice when a file is only checked', async () => {
    const env = {};
    const text = 'store: {url_env: DB}';
    const { notices } = await loadText(text, { env, missingEnv: 'notice' });
    expect(notices).toEqual(['store.url_env names the environment variable DB, which is not set.']);
  });

  it('refuses what only half describes a Temporal server', async () => {
    expect(await faultLines('temporal:\n  tls: {cert_path: /c.pem}\n')).toEqual([
      expect.stringContaining('temporal.tls: stands without address'),
      expect.stringContaining('temporal.tls.cert_path: stands without key_path'),
    ]);
    expect(await faultLines('temporal:\n  api_key_env: KEY\n')).toContainEqual(
      expect.stringContaining('temporal.api_key_env: stands without address'),
    );
  });
});
