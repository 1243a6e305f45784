import { fileURLToPath } from 'node:url';
import { buildApp } from '../../api/app.ts';
import { createTemporalPort } from '../../api/temporal-client.ts';
import { ownQueues } from '../../domain/environments.ts';
import type { Settings } from '../../domain/settings.ts';
import type { Metrics } from '../../util/metrics.ts';
import { presenceQueue, toolQueue } from '../../workflows/queues.ts';
import type { TemporalConnection } from '../../workers/connect.ts';
import { watchLostTasks } from '../../workers/lost-tasks.ts';
import type { Io } from '../io.ts';
import { packageVersion } from '../version.ts';
import { keepAuditHeads } from './audit-heads.ts';
import { processToolchain, reloadSettings, type Boot } from './boot.ts';
import { followConfig } from './follow-config.ts';
import { listening } from './listening.ts';
import { localAliases } from './local-aliases.ts';

/** Where the build leaves the web UI. */
const WEB_ROOT = fileURLToPath(new URL('../../web', import.meta.url));

/** A running server. */
export interface ServerSide {
  /** Where it listens, for people of this machine. */
  url: string;
  /** Takes over a changed config file: published, schedules follow, tokens and repos at once. */
  reload(): Promise<void>;
}

/** What the server is told besides its settings. */
export interface ServerSideOptions {
  temporal: TemporalConnection;
  temporalUiUrl: string | null;
  metrics: Metrics;
  /** Whether this process sends traces. */
  traced: boolean;
  io: Io;
}

/** Publishes the config, keeps schedules and lost tasks in order, and listens. */
export async function startServerSide(boot: Boot, options: ServerSideOptions): Promise<ServerSide> {
  const { temporal } = options;
  let configVersion = await publish(boot, boot.settings);
  await followConfig(boot, temporal);
  const stopWatch = watchLostTasks({
    client: temporal.client,
    store: boot.store,
    log: boot.log,
    now: () => new Date(),
  });
  boot.cleanup.add('lost tasks', stopWatch);
  const heads = keepAuditHeads(boot);
  const app = await buildApp({
    store: boot.store,
    artifacts: boot.artifacts,
    temporal: temporalPort(boot, temporal),
    settings: () => boot.settings,
    configVersion: () => configVersion,
    log: boot.log,
    metrics: options.metrics,
    traced: options.traced,
    version: packageVersion(),
    temporalUiUrl: options.temporalUiUrl,
    webRoot: WEB_ROOT,
    clock: { now: () => new Date() },
    signingKey: boot.signingKey,
    starterKey: boot.dataKey.digestKey,
    auditAnchors: heads.read,
    anchorTroubles: heads.troubles,
    localAliases: await localAliases({ program: gitProgram(boot), cwd: process.cwd(), env: boot.baseEnv }),
  });
  boot.cleanup.add('HTTP server', () => app.close());
  const { host, port } = boot.settings.listen;
  await listening('listen_addr', { host, port }, () => app.listen({ host, port }));
  return {
    url: localUrl(host, port),
    reload: async () => {
      // Published first: a task must never be started with a version that lacks its repo.
      await reloadSettings(boot, options.io, async (settings) => {
        configVersion = await publish(boot, settings);
      });
      await followConfig(boot, temporal);
      boot.log.info(
        { configVersion, repos: boot.settings.published.repos.length },
        'The config was loaded again',
      );
    },
  };
}

/** Publishes the settings; a version that is new is written down. */
async function publish(boot: Boot, settings: Settings): Promise<number> {
  const before = (await boot.store.configs.latest())?.version;
  const at = new Date().toISOString();
  const version = await boot.store.configs.publish(settings.published, at);
  if (version !== before) await recordPublication(boot, version, at);
  return version;
}

async function recordPublication(boot: Boot, version: number, at: string): Promise<void> {
  await boot.store.audit.append({
    at,
    actor: 'plumbline',
    action: 'config.published',
    repo: null,
    stackKey: null,
    environment: null,
    taskId: null,
    commit: null,
    digest: null,
    result: 'ok',
    reason: '',
    source: boot.role,
    details: { version },
  });
}

function temporalPort(boot: Boot, temporal: TemporalConnection): ReturnType<typeof createTemporalPort> {
  const { taskQueue } = boot.settings.temporal;
  const tools = toolQueue(taskQueue);
  return createTemporalPort({
    client: temporal.client,
    address: temporal.address,
    taskQueue,
    queues: [
      { queue: taskQueue, polledAs: taskQueue, type: 'workflow' },
      ...[...new Set([tools, ...ownQueues(boot.settings.published.environments)])].map((queue) => ({
        queue,
        polledAs: presenceQueue(queue),
        type: 'activity' as const,
      })),
    ],
  });
}

function gitProgram(boot: Boot): () => Promise<string> {
  return async () => (await processToolchain(boot).resolve('git', undefined, {})).path;
}

function localUrl(host: string, port: number): string {
  const shown = ['', '0.0.0.0', '::'].includes(host) ? 'localhost' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}
