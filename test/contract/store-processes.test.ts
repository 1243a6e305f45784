import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StoreLocation } from '../../src/store/open.ts';
import { storeBackends } from './store-backends.ts';
import { aDiscoveredTask } from './store-builders.ts';

const CHILD = fileURLToPath(new URL('store-child.ts', import.meta.url));

describe.each(storeBackends())('several processes on one store on $kind', (backend) => {
  beforeAll(backend.start);
  afterAll(backend.stop);

  it('lets processes that start at once make the schema together', async () => {
    const location = await backend.emptyLocation();
    const children = await Promise.all(Array.from({ length: 4 }, () => runChild('open', location)));
    expect(children).toEqual(Array.from({ length: 4 }, () => ({ code: 0, lines: ['opened'] })));
    expect(await (await backend.open(location)).tasks.running()).toEqual([]);
  });

  it('counts right when processes write to the same row', async () => {
    const location = await backend.emptyLocation();
    const store = await backend.open(location);
    const { jobs } = await aDiscoveredTask(store, ['a']);
    const id = jobs['a']!;
    const children = await Promise.all([1, 2, 3].map(() => runChild('start', location, id)));
    const numbers = children.flatMap(({ lines }) => lines.map(Number)).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 150 }, (_, index) => index + 1));
    expect((await store.jobs.get(id))?.attempts).toBe(150);
  });

  it('has everything that it acknowledged after its process was killed', async () => {
    const location = await backend.emptyLocation();
    const acknowledged = await writeUntilKilled(location, 40);
    const store = await backend.open(location);
    const found = new Set((await store.tasks.list({ limit: 10_000 })).map((task) => task.id));
    expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThanOrEqual(40);
    // At most the one that was being written when the signal came.
    expect(found.size - acknowledged.length).toBeLessThanOrEqual(1);
  });
});

function startChild(mode: string, location: StoreLocation, ...args: string[]) {
  return spawn(process.execPath, [CHILD, mode, JSON.stringify(location), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function runChild(mode: string, location: StoreLocation, ...args: string[]) {
  const child = startChild(mode, location, ...args);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, lines };
}

async function writeUntilKilled(location: StoreLocation, count: number): Promise<string[]> {
  const child = startChild('write', location);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    if (lines.length === count) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return lines;
}
