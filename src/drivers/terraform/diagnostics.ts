import { posix } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/json.ts';

/** One of Terraform's own messages, as its JSON output has it. */
export interface Diagnostic {
  severity: 'error' | 'warning';
  summary: string;
  detail: string;
  /** Relative to the repository's root; empty when the message is about no place in the sources. */
  file: string;
  /** 1-based; 0 when there is no place. */
  line: number;
  /** The resource or provider it is about, or empty. */
  address: string;
}

/**
 * The diagnostics in a stream of JSON lines (`init -json`, `plan -json`). Lines that are no JSON are left out: `init`
 * prints a few of them.
 */
export function diagnosticsOfStream(output: string, stackPath: string): Diagnostic[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map(parseLine)
    .filter((message) => message?.['type'] === 'diagnostic')
    .map((message) => toDiagnostic(message!['diagnostic'], stackPath))
    .filter((diagnostic) => diagnostic !== undefined);
}

/** The diagnostics of `validate -json`, or undefined when the output isn't that. */
export function diagnosticsOfValidate(output: string, stackPath: string): Diagnostic[] | undefined {
  const report = parseLine(output);
  const list = report?.['diagnostics'];
  if (!Array.isArray(list)) return undefined;
  return list.map((item) => toDiagnostic(item, stackPath)).filter((diagnostic) => diagnostic !== undefined);
}

function parseLine(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function toDiagnostic(value: JsonValue | undefined, stackPath: string): Diagnostic | undefined {
  if (!isJsonObject(value)) return undefined;
  const range = isJsonObject(value['range']) ? value['range'] : undefined;
  const start = isJsonObject(range?.['start']) ? range['start'] : undefined;
  const file = range?.['filename'];
  const line = start?.['line'];
  return {
    severity: value['severity'] === 'warning' ? 'warning' : 'error',
    summary: text(value['summary']),
    detail: text(value['detail']),
    file: typeof file === 'string' && file !== '' ? posix.join(stackPath, file) : '',
    line: typeof line === 'number' ? line : 0,
    address: text(value['address']),
  };
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
