import { fileURLToPath } from 'node:url';
import type { ApiDeps } from '../../src/api/deps.ts';
import type { AuthSettings, RepoSettings } from '../../src/domain/settings.ts';
import { apiFixture, type ApiFixture } from './api-app.ts';

/** The pages as `npm run build` leaves them; the set-up of the e2e tests makes sure of them. */
const WEB_ROOT = fileURLToPath(new URL('../../dist/web', import.meta.url));

/** The real app on a real store, listening, with the built pages. Temporal behind it is scripted. */
export interface UiServer extends ApiFixture {
  url: string;
  /** Stops to listen, as a server that is restarted; what is stored stays. */
  stop(): Promise<void>;
  /** Listens again, under the same URL. */
  start(): Promise<void>;
}

/** Starts one on a free port; the caller closes it. */
export async function startUiServer(options: {
  repos: RepoSettings[];
  auth?: AuthSettings;
  deps?: Partial<ApiDeps>;
}): Promise<UiServer> {
  const fixture = await apiFixture({ ...options, deps: { ...options.deps, webRoot: WEB_ROOT } });
  const host = '127.0.0.1';
  const url = await fixture.app.listen({ host, port: 0 });
  let { app } = fixture;
  return {
    ...fixture,
    url,
    stop: () => app.close(),
    start: async () => {
      app = await fixture.buildAgain();
      await app.listen({ host, port: Number(new URL(url).port) });
    },
    close: async () => {
      await app.close();
      await fixture.close();
    },
  };
}
