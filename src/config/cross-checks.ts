import { looksSecret } from '../domain/secret-name.ts';
import { formatDuration, parseGoDuration } from '../util/duration.ts';
import { auditProblems } from './audit-checks.ts';
import { environmentProblems } from './environment-checks.ts';
import { peopleProblems } from './people-checks.ts';
import type { ConfigPath, ConfigProblem } from './problem.ts';
import { isRecord, list, section } from './raw-value.ts';
import { repoProblems } from './repo-checks.ts';

/**
 * Faults that only show when several keys are looked at together. Works on the file's plain value, valid or not,
 * so that these faults are told together with those of the schema.
 */
export function crossProblems(config: unknown, options: { cwd: string }): ConfigProblem[] {
  return [
    ...workerProblems(section(config, 'worker')),
    ...repoProblems(config, options),
    ...temporalProblems(section(config, 'temporal')),
    ...storeProblems(section(config, 'store')),
    ...environmentProblems(config),
    ...peopleProblems(config),
    ...auditProblems(config),
    ...envProblems(section(section(config, 'scan'), 'env')),
    ...ruleProblems(list(config, 'ignore'), list(section(config, 'severity'), 'rules')),
    ...secretProblems(section(config, 'drivers'), ['drivers']),
  ];
}

function workerProblems(worker: Record<string, unknown>): ConfigProblem[] {
  const renewMs = durationOf(worker.renew_every);
  const ttlMs = worker.lock_ttl === undefined ? 1_800_000 : durationOf(worker.lock_ttl);
  if (renewMs === undefined || ttlMs === undefined || renewMs <= ttlMs / 2 || ttlMs < 120_000) return [];
  return [
    {
      path: ['worker', 'renew_every'],
      message: `${formatDuration(renewMs)} is more than half of lock_ttl (${formatDuration(ttlMs)})`,
      suggestion: `write at most ${formatDuration(ttlMs / 2)}, or 0 for ${formatDuration(ttlMs / 3)}`,
    },
  ];
}

function durationOf(value: unknown): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  try {
    return parseGoDuration(String(value));
  } catch {
    return undefined;
  }
}

/** The embedded server is reached without TLS and keys, and half of a client certificate is none. */
function temporalProblems(temporal: Record<string, unknown>): ConfigProblem[] {
  const tls = temporal.tls;
  const halves = isRecord(tls) ? ['cert_path', 'key_path'].filter((key) => tls[key] !== undefined) : [];
  const [half] = halves;
  const problems: ConfigProblem[] = [];
  if (half !== undefined && halves.length === 1) {
    const other = half === 'cert_path' ? 'key_path' : 'cert_path';
    problems.push({
      path: ['temporal', 'tls', half],
      message: `stands without ${other}`,
      suggestion: `give both, or leave out ${half}`,
      atKey: true,
    });
  }
  const remote = (tls === undefined || tls === false ? [] : ['tls']).concat(
    temporal.api_key_env === undefined ? [] : ['api_key_env'],
  );
  if (temporal.address !== undefined || remote.length === 0) return problems;
  const lonely = remote.map((key) => ({
    path: ['temporal', key],
    message: 'stands without address, so the embedded server would be used, which has neither TLS nor keys',
    suggestion: `add address: host:7233, or leave out ${key}`,
    atKey: true,
  }));
  return [...problems, ...lonely];
}

function storeProblems(store: Record<string, unknown>): ConfigProblem[] {
  if (store.url === undefined || store.url_env === undefined) return [];
  return [
    {
      path: ['store', 'url_env'],
      message: 'stands beside url',
      suggestion: 'give one of the two',
      atKey: true,
    },
  ];
}

function envProblems(env: Record<string, unknown>): ConfigProblem[] {
  return Object.entries(env).flatMap(([name, value]): ConfigProblem[] => {
    if (typeof value !== 'string' || value === '' || !looksSecret(name)) return [];
    return [
      {
        path: ['scan', 'env', name],
        message: 'looks like a secret; its value must not stand in the config',
        suggestion: `write ${name}: {from_env: ${name}}`,
      },
    ];
  });
}

function ruleProblems(ignore: readonly unknown[], severity: readonly unknown[]): ConfigProblem[] {
  const matchers = ['repo', 'stack', 'address', 'type', 'pointer', 'action'];
  const check = (rules: readonly unknown[], path: ConfigPath, message: string): ConfigProblem[] =>
    rules.flatMap((rule, index) =>
      isRecord(rule) && !matchers.some((key) => rule[key] !== undefined)
        ? [{ path: [...path, index], message, suggestion: 'say what it is about, for example with type' }]
        : [],
    );
  return [
    ...check(ignore, ['ignore'], 'would ignore everything'),
    ...check(severity, ['severity', 'rules'], 'would match every change'),
  ];
}

/** Drivers' options are published to all workers, so no secret may stand in them. */
function secretProblems(value: unknown, path: ConfigPath): ConfigProblem[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => secretProblems(item, [...path, index]));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, member]): ConfigProblem[] => {
    if (typeof member !== 'string') return secretProblems(member, [...path, key]);
    if (member === '' || !looksSecret(key)) return [];
    return [
      {
        path: [...path, key],
        message: 'looks like a secret; its value must not stand in the config',
        suggestion: 'put it into an environment variable under scan.env with from_env',
      },
    ];
  });
}
