import { access, mkdir, writeFile } from 'node:fs/promises';
import { homedir, hostname, tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { TestTemporal } from '../support/temporal.ts';

const folder = fileURLToPath(new URL('histories/', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
const host = literally(hostname());

/** Keeps what Temporal wrote down of a run, without a word about the machine; a history that is there stays as it is. */
export async function save(
  { client }: TestTemporal,
  name: string,
  workflowId: string,
  runId?: string,
): Promise<void> {
  const path = `${folder}${name}.json.gz`;
  if (await exists(path)) return void process.stderr.write(`${name}: kept\n`);
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const json = scrub(JSON.stringify({ workflowId, history: JSON.parse(historyToJSON(history)) as unknown }));
  assertPlaceless(name, json);
  await mkdir(folder, { recursive: true });
  // Level and time are fixed so that the same history gives the same file.
  await writeFile(path, gzipSync(json, { level: 9 }));
  process.stderr.write(`${name}: ${history.events?.length ?? 0} events\n`);
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** Who ran it, and from which folder, is nothing that a replay looks at. */
function scrub(json: string): string {
  return json
    .replaceAll(new RegExp(`\\d+@${host}`, 'g'), '1@recorder')
    .replaceAll(new RegExp(`\\b${host}:\\d+(-\\d+)?`, 'g'), 'recorder:1')
    .replaceAll(root, '/plumbline/');
}

/** @throws Error when the history, or a payload in it, still names this machine or one of its folders */
function assertPlaceless(name: string, json: string): void {
  const payloads = [...json.matchAll(/"data":"([^"]+)"/g)].map(([, data]) =>
    Buffer.from(data!, 'base64').toString('utf8'),
  );
  const places = [tmpdir(), root, `${homedir()}/`].map(literally);
  const told = new RegExp([...places, `@${host}\\b`, `"${host}"`, `\\b${host}:\\d`].join('|'));
  const found = [json, ...payloads].map((text) => told.exec(text)).find((match) => match !== null);
  if (!found) return;
  const { input, index } = found;
  throw new Error(
    `The history ${name} names this machine: ${input.slice(Math.max(0, index - 80), index + 80)}`,
  );
}

/** The text as a regular expression that finds just it. */
function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
