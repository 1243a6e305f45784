import { describe, expect, it } from 'vitest';
import { faultLines, loadText } from '../../test/support/config-file.ts';
import type { EnvironmentSettings } from '../domain/eligibility/policy.ts';
import { withEmbeddedDefaults } from './embedded-defaults.ts';

const REPO = 'repos: [{name: infra, url: "https://example.com/o/r.git"}]\n';
const HOUR_MS = 3_600_000;

async function environmentsOf(text: string): Promise<EnvironmentSettings[]> {
  return (await loadText(REPO + text)).settings.published.environments;
}

describe('environments', () => {
  it('are none when none are listed: convention finds them', async () => {
    expect(await environmentsOf('')).toEqual([]);
  });

  it('take the default policy of their name for all that is left out', async () => {
    const [prod, dev] = await environmentsOf('environments: [{name: prod}, {name: Dev, aliases: [lab]}]');
    expect(prod).toMatchObject({ name: 'production', aliases: ['prod'], sources: [], order: 100 });
    expect(prod?.policy).toMatchObject({
      automated: null,
      autoApproveSafe: null,
      approvals: { required: 2, destroys: true },
    });
    expect(dev).toMatchObject({ name: 'development', aliases: ['dev', 'lab'], order: 20 });
    expect(dev?.policy.approvals).toMatchObject({ required: 1, expiresAfterMs: 168 * HOUR_MS });
    expect(dev?.policy.autoApproveSafe?.patterns).toContain('^docs/');
    expect(dev?.policy.retry).toEqual({ limit: 3, durationMs: 5000, factor: 2, maxDurationMs: 180_000 });
  });

  it('tell destroys that the config wants approved from the default', async () => {
    const text = (destroys: string) => `
environments:
  - {name: dev, policy: {approvals: {required: 0${destroys}}}}
`;
    const [explicit] = await environmentsOf(text(', destroys: true'));
    const [implied] = await environmentsOf(text(''));
    expect(explicit?.policy.approvals).toMatchObject({ destroys: true, destroysAlways: true });
    expect(implied?.policy.approvals).toMatchObject({ destroys: true });
    expect(implied?.policy.approvals).not.toHaveProperty('destroysAlways');
  });

  it('take every key that is given', async () => {
    const [environment] = await environmentsOf(`
environments:
  - name: production
    repo: infra
    ref: release
    paths: [envs/prod/**]
    sources: [{repo: infra, paths: [network]}, {ref: production}]
    order: 7
    policy:
      automated: {prune: false, self_heal: true, allow_empty: false}
      approvals:
        required: 3
        from_severity: medium
        destroys: false
        teams: [infrastructure-admins, security-team]
        require_code_owners: true
        require_last_push_approval: false
        dismiss_stale: false
        expires_after: 48h
        remind_every: 0
        escalate_after: 12h
        escalate_to: [on-call]
      sync_windows:
        - {kind: deny, schedule: "0 22 * * *", duration: 8h, time_zone: Europe/Berlin, manual_sync: true}
      freeze: {reason: year end, until: 2026-12-31}
      max_destroys: {count: 3, percent: 20}
      auto_approve_safe: {patterns: ["^docs/"], max_severity: medium}
      retry: {limit: 5, backoff: {duration: 10s, factor: 3, max_duration: 5m}}
      auto_rollback: true
      require_signed_commits: true
      validate: [python3, scripts/validate-infrastructure.py]
      queue: stacks-production
`);
    expect(environment).toEqual({
      name: 'production',
      aliases: [],
      sources: [
        { repo: 'infra@release', ref: 'release', paths: ['envs/prod/**'] },
        { repo: 'infra', ref: null, paths: ['network'] },
        { repo: null, ref: 'production', paths: [] },
      ],
      order: 7,
      policy: {
        automated: { prune: false, selfHeal: true, allowEmpty: false },
        approvals: {
          required: 3,
          fromSeverity: 'medium',
          destroys: false,
          teams: ['infrastructure-admins', 'security-team'],
          requireCodeOwners: true,
          requireLastPushApproval: false,
          dismissStale: false,
          expiresAfterMs: 48 * HOUR_MS,
          remindEveryMs: null,
          escalateAfterMs: 12 * HOUR_MS,
          escalateTo: ['on-call'],
        },
        windows: [
          {
            kind: 'deny',
            schedule: '0 22 * * *',
            durationMs: 8 * HOUR_MS,
            timeZone: 'Europe/Berlin',
            manual: true,
          },
        ],
        freeze: { reason: 'year end', until: '2026-12-31T23:59:59.999Z' },
        maxDestroys: { count: 3, percent: 20 },
        autoApproveSafe: { patterns: ['^docs/'], maxSeverity: 'medium' },
        retry: { limit: 5, durationMs: 10_000, factor: 3, maxDurationMs: 300_000 },
        autoRollback: true,
        requireSignedCommits: true,
        validate: ['python3', 'scripts/validate-infrastructure.py'],
        queue: 'stacks-production',
      },
    });
  });

  it('switch safe changes off, and back on where the default is off', async () => {
    const [dev, prod] = await environmentsOf(
      'environments: [{name: dev, policy: {auto_approve_safe: false}}, {name: prod, policy: {auto_approve_safe: {}}}]',
    );
    expect(dev?.policy.autoApproveSafe).toBeNull();
    expect(prod?.policy.autoApproveSafe).toMatchObject({ maxSeverity: 'low' });
    expect(prod?.policy.autoApproveSafe?.patterns).toHaveLength(4);
  });

  it.each([
    ['{name: a, repo: infr}', 'environments[0].repo: there is no repository "infr"'],
    ['{name: a, sources: [{repo: x}]}', 'environments[0].sources[0].repo: there is no repository "x"'],
    ['{name: a}, {name: A}', 'environments[1].name: "A" is already a name of environments[0]'],
    [
      '{name: production}, {name: prod}',
      'environments[1].name: "prod" (it is short for production) is already a name of environments[0]',
    ],
    [
      '{name: a, aliases: [x]}, {name: b, aliases: [x]}',
      'environments[1].aliases[0]: "x" is already a name of environments[0]',
    ],
    ['{name: a b}', 'environments[0].name: must be letters, digits and . _ -'],
    ['{name: a, paths: ["/abs"]}', 'environments[0].paths[0]: "/abs" is not relative to the repository'],
    ['{name: a, paths: ["envs/{a,b"]}', 'environments[0].paths[0]: "{" is never closed'],
    [
      '{name: a, policy: {sync_windows: [{kind: allow, schedule: "0 8 * * *", duration: 1h, time_zone: Mars/Base}]}}',
      'environments[0].policy.sync_windows[0].time_zone: "Mars/Base" is not a time zone',
    ],
    [
      '{name: a, policy: {sync_windows: [{kind: allow, schedule: "every day", duration: 1h}]}}',
      'environments[0].policy.sync_windows[0].schedule: a schedule has 5 fields (minute hour day month weekday), not 2',
    ],
    [
      '{name: a, policy: {auto_approve_safe: {patterns: ["("]}}}',
      'environments[0].policy.auto_approve_safe.patterns[0]: this is not a regular expression',
    ],
    [
      '{name: a, policy: {approvals: {escalate_after: 1h}}}',
      'environments[0].policy.approvals.escalate_after: stands without escalate_to, so nobody would be named',
    ],
    [
      '{name: a, policy: {freeze: {reason: x, until: tomorrow}}}',
      'environments[0].policy.freeze.until: "tomorrow" is neither a day nor a moment',
    ],
    [
      '{name: a, policy: {queue: plumbline}}',
      'environments[0].policy.queue: "plumbline" is the queue of workflows (temporal.task_queue)',
    ],
    [
      '{name: a, policy: {queue: stacks-presence}}',
      'environments[0].policy.queue: "stacks-presence" is a name that is kept for Plumbline',
    ],
  ])('says what is wrong with %s', async (list, line) => {
    expect(await faultLines(`${REPO}environments: [${list}]`)).toContain(line);
  });
});

describe('the ref of an environment', () => {
  const repos = (branch: string) => `repos: [{name: infra, url: "https://example.com/o/r.git"${branch}}]\n`;
  const list = (source: string) => `environments: [{name: production, ${source}}]`;

  it.each([
    ['', 'ref: release', 'no repository follows'],
    [', branch: main', 'sources: [{ref: release}, {repo: infra}]', 'no repository follows'],
  ])('is told to be empty where nobody follows it: %s %s', async (branch, source, why) => {
    const { notices } = await loadText(repos(branch) + list(source));
    expect(notices).toEqual([expect.stringContaining(`the ref "release", which ${why}`)]);
    expect(notices[0]).toContain('repo: infra');
  });

  it.each([
    [', branch: release', 'ref: release'],
    ['', 'repo: infra'],
    [', branch: main', 'repo: infra, ref: release'],
  ])('is fine otherwise: %s %s', async (branch, source) => {
    expect((await loadText(repos(branch) + list(source))).notices).toEqual([]);
  });
});

describe('approvals and commits', () => {
  it('take unsigned signals only in the embedded form, and there unless the config says otherwise', async () => {
    const unsigned = async (text: string, embedded: boolean): Promise<boolean> => {
      const { settings } = await loadText(text);
      return (embedded ? withEmbeddedDefaults(settings) : settings).published.approvals.allowUnsignedSignals;
    };
    expect(await unsigned('', false)).toBe(false);
    expect(await unsigned('', true)).toBe(true);
    expect(await unsigned('temporal: {address: "temporal:7233"}', true)).toBe(false);
    expect(await unsigned('approvals: {allow_unsigned_signals: false}', true)).toBe(false);
    expect(await unsigned('approvals: {allow_unsigned_signals: true}', false)).toBe(true);
  });

  it('name who commits, and the key', async () => {
    const { settings, dir } = await loadText(
      'commits: {author_name: Bot, author_email: bot@example.com, signing: {format: ssh, key: keys/bot}, allowed_signers: signers}',
    );
    expect(settings.published.commits).toEqual({
      authorName: 'Bot',
      authorEmail: 'bot@example.com',
      signing: { format: 'ssh', key: `${dir}/keys/bot` },
      allowedSigners: `${dir}/signers`,
    });
  });
});
