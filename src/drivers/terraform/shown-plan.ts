import { createHash } from 'node:crypto';
import type { ResolvedTool } from '../driver.ts';
import { readPlanEntries } from './plan-file.ts';

/** `timestamp` of the plan file's message, the only part that differs between two plans of one situation. */
const TIMESTAMP_FIELD = 21;
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Where `show -json` writes the time of the plan: at its end, before a few flags. */
const SHOWN_TIME = /,"timestamp":"([^"\\]*)"((?:,"(?:applyable|complete|errored)":(?:true|false))*\}\s*)$/;

/** What the output of `show -json` for a plan file depends on, and when the plan was made. */
export interface ShowInput {
  /** SHA-256 (hex) of the tool and of all that is in the plan file but the time. It holds secrets only as a hash. */
  madeFrom: string;
  /** As the plan file has it. */
  timestamp: string;
}

/**
 * Reads a plan file for what `show -json` makes its output from: the changes, both states, the configuration and the
 * providers' versions, which are all in it. Undefined for a file of another form; then it has to be shown.
 * The changes stand there in any order, and `show` sorts them.
 */
export function showInput(
  archive: Buffer,
  tool: Pick<ResolvedTool, 'name' | 'version'>,
): ShowInput | undefined {
  const hash = createHash('sha256').update(`${tool.name} ${tool.version}\n`);
  let timestamp: string | undefined;
  const entries = readPlanEntries(archive)?.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, content } of entries ?? []) {
    hash.update(`${name}\n`);
    if (name !== 'tfplan') {
      hash.update(sha256(content));
      continue;
    }
    const fields = protobufFields(content);
    if (fields === undefined) return undefined;
    for (const part of fields
      .filter(({ field }) => field !== TIMESTAMP_FIELD)
      .map(({ bytes }) => sha256(bytes))
      .sort())
      hash.update(part);
    timestamp = fields.find(({ field }) => field === TIMESTAMP_FIELD)?.content.toString('utf8');
  }
  return timestamp === undefined ? undefined : { madeFrom: hash.digest('hex'), timestamp };
}

/** An earlier output of `show -json` with the time of another plan; undefined when it isn't of the known form. */
export function withTimestamp(jsonText: string, timestamp: string): string | undefined {
  if (!SHOWN_TIME.test(jsonText)) return undefined;
  return jsonText.replace(
    SHOWN_TIME,
    (_, _before, rest: string) => `,"timestamp":${JSON.stringify(timestamp)}${rest}`,
  );
}

interface Field {
  field: number;
  /** Key and value as they stand. */
  bytes: Buffer;
  content: Buffer;
}

/** The fields of a protobuf message in their order; undefined when it is none. */
function protobufFields(message: Buffer): Field[] | undefined {
  const fields: Field[] = [];
  for (let at = 0; at < message.length;) {
    const key = varint(message, at);
    if (key === undefined) return undefined;
    const value = valueAt(message, key.end, key.value % 8);
    if (value === undefined || value.end > message.length) return undefined;
    fields.push({
      field: Math.floor(key.value / 8),
      bytes: message.subarray(at, value.end),
      content: message.subarray(value.start, value.end),
    });
    at = value.end;
  }
  return fields;
}

function valueAt(message: Buffer, at: number, type: number): { start: number; end: number } | undefined {
  if (type === FIXED64) return { start: at, end: at + 8 };
  if (type === FIXED32) return { start: at, end: at + 4 };
  const number = varint(message, at);
  if (number === undefined) return undefined;
  if (type === VARINT) return { start: at, end: number.end };
  return type === BYTES ? { start: number.end, end: number.end + number.value } : undefined;
}

/** Exact below 2^53, which no key or length reaches; larger numbers are only passed over. */
function varint(message: Buffer, at: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let index = 0; index < 10; index += 1) {
    const byte = message[at + index];
    if (byte === undefined) return undefined;
    value += (byte % 128) * 128 ** index;
    if (byte < 128) return { value, end: at + index + 1 };
  }
  return undefined;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
