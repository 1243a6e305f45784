import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { temporalBinary } from './tools.ts';

const run = promisify(execFile);

/** What Temporal keeps of one workflow or schedule. */
export interface Kept {
  /** Its workflow or schedule ID. */
  id: string;
  /** As the `temporal` CLI prints it, and behind it what its payloads say. */
  text: string;
}

/** The histories of all workflow runs that a Temporal server has, and its schedules. */
export async function everythingInTemporal(address: string): Promise<Kept[]> {
  const temporal = await jsonOf(address);
  const runs = (await temporal('workflow', 'list', '--limit', '1000')) as {
    execution: { workflowId: string; runId: string };
  }[];
  const schedules = (await temporal('schedule', 'list')) as { scheduleId: string }[];
  const kept: Kept[] = [];
  for (const { workflowId: id, runId } of runs.map(({ execution }) => execution)) {
    kept.push(keptOf(id, await temporal('workflow', 'show', '--workflow-id', id, '--run-id', runId)));
    kept.push(keptOf(id, await temporal('workflow', 'describe', '--workflow-id', id, '--run-id', runId)));
  }
  for (const { scheduleId: id } of schedules) {
    kept.push(keptOf(id, await temporal('schedule', 'describe', '--schedule-id', id)));
  }
  return kept;
}

async function jsonOf(address: string): Promise<(...args: string[]) => Promise<unknown>> {
  const binary = await temporalBinary();
  return async (...args) => {
    const all = [...args, '--address', address, '--output', 'json'];
    const { stdout } = await run(binary, all, { maxBuffer: 100_000_000 });
    return JSON.parse(stdout) as unknown;
  };
}

/** Payloads are base64: what they say is added. */
function keptOf(id: string, answer: unknown): Kept {
  const text = JSON.stringify(answer, null, 1);
  const payloads = [...text.matchAll(/"data":\s*"([A-Za-z0-9+/=]+)"/g)].map(([, data]) =>
    Buffer.from(data!, 'base64').toString(),
  );
  return { id, text: [text, ...payloads].join('\n') };
}
