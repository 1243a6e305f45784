import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Attempt } from '../../src/domain/attempt.ts';
import { planDigest } from '../../src/domain/digest.ts';
import type { JsonValue } from '../../src/domain/json.ts';
import type { ArtifactKind } from '../../src/domain/plan.ts';
import type { Stack } from '../../src/domain/stack.ts';
import type { ApplyContext } from '../../src/drivers/driver.ts';
import type { StateBackup } from '../../src/drivers/driver-results.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import { toolsOnPath, type Bench } from './terraform.ts';

const QUIET = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const KEY = new Uint8Array(32).fill(7);

/** A plan's digest with a key that all tests share. */
export const digestOf = (identity: JsonValue): string => planDigest(KEY, identity);

/** A context for what changes a stack, and all that the driver gave it. */
export interface Applying {
  context: ApplyContext;
  artifacts: { kind: ArtifactKind; content: string }[];
  progress: { step: string; line?: string }[];
  /** The backups that `onBegin` was asked with. */
  begun: (StateBackup | null)[];
  /** Process groups of tools, in the order of their start. */
  groups: number[];
  remove(): Promise<void>;
}

/** A context as a worker would make it; the attempt's name decides over the files. */
export async function anApplyContext(
  bench: Pick<Bench, 'root' | 'workTree' | 'cacheDir'>,
  stack: Stack,
  more: Partial<ApplyContext> = {},
): Promise<Applying> {
  const attemptId = more.attemptId ?? randomUUID();
  const scratchDir = join(bench.root, 'scratch', randomUUID());
  await mkdir(scratchDir, { recursive: true });
  const artifacts: Applying['artifacts'] = [];
  const progress: Applying['progress'] = [];
  const begun: Applying['begun'] = [];
  const groups: number[] = [];
  const context: ApplyContext = {
    repo: 'test',
    stack,
    commit: 'c0ffee',
    workTree: bench.workTree,
    dataDir: join(bench.root, 'data', stack.key),
    cacheDir: bench.cacheDir,
    scratchDir,
    options: { lock_timeout: '0s' },
    baseEnv: toolEnv(process.env),
    env: {},
    varFiles: [],
    timeoutMs: 120_000,
    graceMs: 5_000,
    tools: toolsOnPath,
    artifacts: async (kind, content) => {
      const bytes = Buffer.from(content);
      artifacts.push({ kind, content: bytes.toString('utf8') });
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      return { kind, digest, sizeBytes: bytes.length, encrypted: kind === 'state' };
    },
    log: QUIET,
    signal: new AbortController().signal,
    onProgress: (event) => progress.push(event),
    onProcess: ({ pgid, state }) => state === 'started' && groups.push(pgid),
    attemptId,
    digestOf,
    outputPath: join(bench.root, 'attempts', attemptId, 'output.jsonl'),
    onBegin: async ({ backup }) => void begun.push(backup),
    ...more,
  };
  const remove = () => rm(scratchDir, { recursive: true, force: true });
  return { context, artifacts, progress, begun, groups, remove };
}

/** An attempt as the store has it when its worker is gone. */
export function anAttempt(more: Partial<Attempt>): Attempt {
  const worker = { host: hostname(), pid: 1, startedAt: '0', bootId: '', pidNamespace: '' };
  return {
    id: 'attempt-1',
    kind: 'apply',
    repo: 'test',
    stackKey: 'envs/prod',
    taskId: 'task-1',
    jobId: 'job-1',
    digest: '',
    commit: 'c0ffee',
    rule: 'approval',
    approvalId: null,
    status: 'started',
    fence: 1,
    worker,
    tool: null,
    outputPath: null,
    backupId: null,
    startedAt: new Date().toISOString(),
    endedAt: null,
    summary: '',
    error: null,
    ...more,
  };
}
