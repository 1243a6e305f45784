import { afterAll, afterEach, beforeAll } from 'vitest';
import { startBrowser, type Browser, type PageOptions, type WatchedPage } from './browser.ts';
import { startGuardedServer } from './ui-company.ts';
import type { UiServer } from './ui-server.ts';

/** The pages of a server where people sign in, for all tests of a file. */
export interface GuardedPages {
  readonly server: UiServer;
  readonly browser: Browser;
  /** Opens a page in a tab of its own, signed in: tokens live in the tab's session. */
  openAs: (person: string, path: string, look?: PageOptions) => Promise<WatchedPage>;
}

/** Starts a browser and a guarded server before the file's tests, fills it with `seed`, and ends both after them. */
export function guardedPages(seed: (server: UiServer) => Promise<void>): GuardedPages {
  let started: { server: UiServer; browser: Browser } | undefined;
  beforeAll(async () => {
    const browser = await startBrowser();
    started = { browser, server: await startGuardedServer() };
    await seed(started.server);
  });
  afterEach(() => started?.browser.closePages());
  afterAll(async () => {
    await started?.browser.close();
    await started?.server.close();
  });
  const running = () => {
    if (started === undefined) throw new Error('The guarded pages start with the first test of the file.');
    return started;
  };
  return {
    get server() {
      return running().server;
    },
    get browser() {
      return running().browser;
    },
    openAs: async (person, path, look = {}) => {
      const { server, browser } = running();
      const watched = await browser.open(look);
      await watched.page.addInitScript(`sessionStorage.setItem('plumbline.token', '${person}-token')`);
      await watched.page.goto(server.url + path);
      await watched.page.getByRole('heading', { level: 1 }).waitFor();
      return watched;
    },
  };
}
