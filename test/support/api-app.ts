import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { buildApp } from '../../src/api/app.ts';
import type { ApiDeps } from '../../src/api/deps.ts';
import type { AuthSettings, PublishedSettings, RepoSettings, Settings } from '../../src/domain/settings.ts';
import type { ArtifactStore } from '../../src/store/artifact-store.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { PlumblineError } from '../../src/util/errors.ts';
import { createMetrics } from '../../src/util/metrics.ts';
import { aSettings } from './api-settings.ts';
import { scriptedTemporal, type ScriptedTemporal } from './scripted-temporal.ts';

/** An API on a real embedded store, with a scripted Temporal behind it. */
export interface ApiFixture {
  /** The folder with the store's file. */
  dataDir: string;
  app: FastifyInstance;
  /** Builds the same app once more, for after `app` was closed. */
  buildAgain(): Promise<FastifyInstance>;
  store: Store;
  temporal: ScriptedTemporal;
  artifacts: Map<string, string>;
  /** Lines of the log, parsed. */
  log: Record<string, unknown>[];
  /** Replaces the settings in force, as a reload of the file does. */
  reload(change: {
    auth?: AuthSettings;
    repos?: RepoSettings[];
    trustedProxies?: readonly string[];
    published?: Partial<PublishedSettings>;
  }): void;
  close(): Promise<void>;
}

/** Starts one; the caller closes it. */
export async function apiFixture(
  options: { auth?: AuthSettings; repos?: RepoSettings[]; deps?: Partial<ApiDeps> } = {},
): Promise<ApiFixture> {
  const dataDir = await mkdtemp(join(tmpdir(), 'plumbline-api-'));
  const store = await openStore({ url: null, dataDir });
  const temporal = scriptedTemporal();
  const artifacts = new Map<string, string>();
  const log: Record<string, unknown>[] = [];
  let settings: Settings = aSettings({ dataDir, ...options });
  const deps: ApiDeps = {
    store,
    artifacts: memoryArtifacts(artifacts),
    temporal,
    settings: () => settings,
    configVersion: () => 1,
    log: pino({ level: 'debug' }, { write: (line) => log.push(JSON.parse(line) as Record<string, unknown>) }),
    metrics: createMetrics(),
    version: '9.9.9',
    temporalUiUrl: null,
    webRoot: null,
    clock: { now: () => new Date() },
    ...options.deps,
    timing: {
      discoveryMs: 300,
      cancelMs: 300,
      activeTaskMs: 100,
      pollMs: 5,
      feedMs: 10,
      dashboardMs: 0,
      healthMs: 0,
      ...options.deps?.timing,
    },
  };
  const app = await buildApp(deps);
  return {
    dataDir,
    app,
    buildAgain: () => buildApp({ ...deps, metrics: createMetrics() }),
    store,
    temporal,
    artifacts,
    log,
    reload: (change) => {
      settings = {
        ...settings,
        auth: change.auth ?? settings.auth,
        trustedProxies: change.trustedProxies ?? [],
        published: {
          ...settings.published,
          ...change.published,
          repos: change.repos ?? settings.published.repos,
        },
      };
    },
    close: async () => {
      await app.close();
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Artifacts by digest: enough for routes that read them. */
function memoryArtifacts(contents: Map<string, string>): ArtifactStore {
  return {
    put: async () => {
      throw new Error('the API stores no artifacts');
    },
    get: async ({ digest }) => {
      const content = contents.get(digest);
      if (content === undefined) throw new PlumblineError('artifact_missing', `No artifact ${digest}`);
      return new TextEncoder().encode(content);
    },
    remove: async () => {},
    old: async function* () {},
    claim: async () => [],
  };
}
