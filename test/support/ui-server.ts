import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { ApiDeps } from '../../src/api/deps.ts';
import type { AuthSettings, RepoSettings } from '../../src/domain/settings.ts';
import { apiFixture, type ApiFixture } from './api-app.ts';

/** The web UI, built into a folder of its own. */
export interface BuiltUi {
  root: string;
  remove(): Promise<void>;
}

/** Builds the pages as `npm run build` does, into a temporary folder. */
export async function buildUi(): Promise<BuiltUi> {
  const root = await mkdtemp(join(tmpdir(), 'plumbline-ui-'));
  const configFile = fileURLToPath(new URL('../../web/vite.config.ts', import.meta.url));
  await build({ configFile, logLevel: 'error', build: { outDir: root, emptyOutDir: true } });
  return { root, remove: () => rm(root, { recursive: true, force: true }) };
}

/** The real app on a real store, listening, with the built pages. Temporal behind it is scripted. */
export interface UiServer extends ApiFixture {
  url: string;
}

/** Starts one on a free port; the caller closes it. */
export async function startUiServer(
  ui: BuiltUi,
  options: { repos: RepoSettings[]; auth?: AuthSettings; deps?: Partial<ApiDeps> },
): Promise<UiServer> {
  const fixture = await apiFixture({ ...options, deps: { ...options.deps, webRoot: ui.root } });
  const url = await fixture.app.listen({ host: '127.0.0.1', port: 0 });
  return { ...fixture, url };
}
