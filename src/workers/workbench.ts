import { join } from 'node:path';
import type { Checkouts, Workbench } from '../activities/index.ts';
import type { LocalSecrets, PublishedSettings } from '../domain/settings.ts';
import { createGitCache, type GitCache } from '../git/git-cache.ts';
import { createToolchain, type Toolchain } from '../toolchain/toolchain.ts';
import type { Logger } from '../util/log.ts';
import type { Redactor } from '../util/redact.ts';

export interface WorkbenchOptions {
  /** Absolute. */
  dataDir: string;
  /** Absolute; where programs are kept. */
  cacheDir: string;
  secrets: LocalSecrets;
  redactor: Redactor;
  log: Logger;
  /** `baseEnv` of util/exec-env.ts. */
  baseEnv: Readonly<Record<string, string>>;
}

export interface Workbenches {
  /** Git and tools as a published config wants them. */
  workbench: (settings: PublishedSettings) => Workbench;
  /** Removes work trees and mirrors that are old and unused on this machine. Safe to run again. */
  sweep: () => Promise<void>;
}

/** Makes what tool activities work with. Configs that want the same share one git cache, whose calls know of each other. */
export function createWorkbenches(options: WorkbenchOptions): Workbenches {
  const caches = new Map<string, GitCache>();
  const gitCache = (settings: PublishedSettings, toolchain: Toolchain): GitCache => {
    const { gitAllowLocal: allowLocal } = settings;
    const key = JSON.stringify([allowLocal, settings.toolchain.tools['git']]);
    const program = async () => (await toolchain.resolve('git', undefined, {})).path;
    const known =
      caches.get(key) ??
      createGitCache({ ...options, rootDir: join(options.dataDir, 'git'), allowLocal, program });
    caches.set(key, known);
    return known;
  };
  return {
    workbench: (settings) => {
      const toolchain = createToolchain({
        settings: settings.toolchain,
        cacheDir: options.cacheDir,
        baseEnv: options.baseEnv,
        redactor: options.redactor,
        onProgress: (message) => options.log.info({ progress: message }, 'Getting a program'),
      });
      return {
        git: gitCache(settings, toolchain) satisfies Checkouts,
        tools: (...request) => toolchain.resolve(...request),
      };
    },
    sweep: async () => {
      for (const cache of caches.values()) await cache.sweep();
    },
  };
}
