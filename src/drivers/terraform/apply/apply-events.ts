import { readFile } from 'node:fs/promises';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import { diagnosticsOfStream, type Diagnostic } from '../diagnostics.ts';

/**
 * What an apply's JSON lines tell (https://developer.hashicorp.com/terraform/internals/machine-readable-ui).
 * Addresses in the order of their beginning.
 */
export interface ApplyEvents {
  /** Objects whose change has begun. */
  begun: string[];
  /** Those whose change the provider has reported as done. */
  completed: string[];
  /** Those whose change the provider, or a provisioner, has reported as failed. */
  errored: string[];
  /** The tool said that all is applied, which it does after it saved the state. */
  finished: boolean;
  diagnostics: Diagnostic[];
}

/** Longer logs lose their middle. */
const MAX_LOG_CHARS = 4 * 1024 * 1024;

/** Lines that say what is planned or what outputs there are: not the apply's own doing, and full of values. */
const NOT_SHOWN = new Set(['version', 'planned_change', 'resource_drift', 'outputs']);

/** What a tool wrote into its output file and beside it; undefined when there is no such file: it was never started. */
export async function readApplyOutput(
  outputPath: string,
): Promise<{ stdout: string; stderr: string } | undefined> {
  const stdout = await readFile(outputPath, 'utf8').catch(() => undefined);
  if (stdout === undefined) return undefined;
  return { stdout, stderr: await readFile(`${outputPath}.stderr`, 'utf8').catch(() => '') };
}

/** Reads the events in an apply's output, a cut-off last line included. */
export function applyEvents(stdout: string, stackPath: string): ApplyEvents {
  const events: ApplyEvents = { begun: [], completed: [], errored: [], finished: false, diagnostics: [] };
  for (const message of stdout.split('\n').map(parseLine)) {
    const address = addressOf(message);
    switch (message?.['type']) {
      case 'apply_start':
        events.begun.push(address);
        break;
      case 'apply_complete':
        events.completed.push(address);
        break;
      case 'apply_errored':
        events.errored.push(address);
        break;
      case 'change_summary':
        events.finished ||= isJsonObject(message['changes']) && message['changes']['operation'] === 'apply';
        break;
    }
  }
  events.diagnostics = diagnosticsOfStream(stdout, stackPath);
  return events;
}

/**
 * What is shown of one line of an apply while it runs: what it does to which object. What provisioners print waits for the
 * log, since it can hold secrets that only the finished apply's state marks as such.
 */
export function applyProgress(line: string): string | undefined {
  const message = parseLine(line);
  return message === undefined || message['type'] === 'provision_progress' ? undefined : shownOf(message);
}

/** IDs are left out, since some are made of a secret; values of outputs too. */
function shownOf(message: JsonObject): string | undefined {
  if (NOT_SHOWN.has(text(message['type']))) return undefined;
  return text(message['@message']).replace(/ \[id=.*\]$/, '');
}

/** The log of an apply for people: its events, its errors in full, and what was no JSON. Not yet redacted. */
export function applyLog(output: { stdout: string; stderr: string }): string {
  const lines = output.stdout.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return line.trim() === '' ? [] : [line];
    const message = parseLine(line);
    const shown = message === undefined ? undefined : shownOf(message);
    return shown === undefined ? [] : [shown, ...detailOf(line)];
  });
  const log = [...lines, ...output.stderr.split('\n').filter((line) => line.trim() !== '')].join('\n');
  if (log.length <= MAX_LOG_CHARS) return `${log}\n`;
  const half = MAX_LOG_CHARS / 2;
  const head = log.slice(0, log.lastIndexOf('\n', half) + 1);
  const tail = log.slice(log.indexOf('\n', log.length - half) + 1);
  return `${head}… (left out: the middle of the log) …\n${tail}\n`;
}

function detailOf(line: string): string[] {
  const diagnostic = parseLine(line)?.['diagnostic'];
  const detail = isJsonObject(diagnostic) ? text(diagnostic['detail']) : '';
  return detail === '' ? [] : detail.split('\n').map((part) => `  ${part}`);
}

function addressOf(message: JsonObject | undefined): string {
  const hook = message?.['hook'];
  const resource = isJsonObject(hook) ? hook['resource'] : undefined;
  return isJsonObject(resource) ? text(resource['addr']) : '';
}

function parseLine(line: string): JsonObject | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
