import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { testCluster, type ClusterFacts, type TestCluster } from './kube-client.ts';

/** Names the socket of the present run to its test files. */
const SOCKET = 'PLUMBLINE_TEST_KUBE';
const OWNER = fileURLToPath(new URL('./kube-owner.ts', import.meta.url));

type Answer = { facts: ClusterFacts } | { error: string };

/**
 * The cluster that all test files of a run share; the first that asks has it started. What is in it belongs to others, too:
 * use a namespace of your own, and names of your own for what has none.
 */
export async function sharedCluster(): Promise<TestCluster> {
  const path = process.env[SOCKET];
  if (path === undefined)
    throw new Error('Only a run of vitest has a shared cluster; use startKubeCluster() elsewhere.');
  const answer = JSON.parse(await text(connect(path))) as Answer;
  if ('error' in answer) throw new Error(`The shared cluster can’t be had: ${answer.error}`);
  return testCluster(answer.facts);
}

/** Listens for test files that need the cluster, once for all layers of a run; what it returns ends the cluster. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env[SOCKET] !== undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-shared-kube-'));
  const path = join(folder, 'socket');
  let owner: Owner | undefined;
  const server = createServer((socket) => {
    owner ??= startOwner();
    void reply(socket, owner.answer);
  });
  await listen(server, path);
  process.env[SOCKET] = path;
  return async () => {
    delete process.env[SOCKET];
    server.close();
    await owner?.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

interface Owner {
  answer: Promise<Answer>;
  stop(): Promise<void>;
}

/** A process of its own, so that the cluster ends with this one in whatever way that ends. */
function startOwner(): Owner {
  const child = spawn(process.execPath, [OWNER], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const exited = once(child, 'close').catch(() => undefined);
  const ended = exited.then((): Answer => ({ error: 'its owner has ended.' }));
  const said = once(createInterface(child.stdout), 'line').then(
    ([line]) => JSON.parse(String(line)) as Answer,
  );
  return {
    answer: Promise.race([said, ended]),
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
}

async function reply(socket: Socket, answer: Promise<Answer>): Promise<void> {
  // A test file may have gone by the time there is an answer.
  socket.on('error', () => undefined);
  socket.end(JSON.stringify(await answer));
}

async function listen(server: Server, path: string): Promise<void> {
  server.listen(path);
  await once(server, 'listening');
}
