import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type StoreLocation } from '../../src/store/open.ts';
import type { Store, StoreKind } from '../../src/store/store.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';

/** Makes empty stores of one kind for the tests of one file. */
export interface StoreBackend {
  kind: StoreKind;
  start: () => Promise<void>;
  /** Where a store that nobody has used yet would be. */
  emptyLocation: () => Promise<StoreLocation>;
  /** Opens a store that is closed when the backend stops. */
  open: (location?: StoreLocation, options?: { now?: () => number }) => Promise<Store>;
  /** The server behind it; SQLite has none. */
  server: () => PostgresServer;
  stop: () => Promise<void>;
}

/** Both databases that a store can be on. */
export const storeBackends = (): StoreBackend[] => [backend('sqlite'), backend('postgres')];

function backend(kind: StoreKind): StoreBackend {
  const folders: string[] = [];
  const opened: Store[] = [];
  let server: PostgresServer | undefined;
  const self: StoreBackend = {
    kind,
    async start() {
      if (kind === 'postgres') server = await startPostgres();
    },
    async emptyLocation() {
      const dataDir = await mkdtemp(join(tmpdir(), 'plumbline-store-'));
      folders.push(dataDir);
      return { dataDir, url: server ? await server.createDatabase() : null };
    },
    async open(location, options) {
      const store = await openStore(location ?? (await self.emptyLocation()), options);
      opened.push(store);
      return store;
    },
    server() {
      if (!server) throw new Error(`${kind} has no server`);
      return server;
    },
    async stop() {
      await Promise.all(opened.map((store) => store.close()));
      await server?.stop();
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
    },
  };
  return self;
}
