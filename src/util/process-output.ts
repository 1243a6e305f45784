import { StringDecoder } from 'node:string_decoder';

/** A carriage return alone ends a line, too: so progress is written over and over in one place. */
const LINE_END = /\r?\n|\r(?=[^\n])/;
/** Lines longer than this are handed on in pieces. */
const LONGEST_LINE = 64 * 1024;
/** What is dropped on both sides of a cut when there is no line break to cut at: half a secret is no secret to a redactor. */
const BLUR_BYTES = 4096;

export interface OutputCapture {
  write(chunk: Uint8Array): void;
  /** Hands on the last line, and gives the text. */
  end(): { text: string; truncated: boolean };
}

/**
 * Collects a process's output: at most `maxBytes` of it (the first and the last half), every line handed to `onLine`.
 * Both are redacted line by line, so that no secret is missed because it stood across two chunks.
 */
export function captureOutput(options: {
  maxBytes: number;
  redact: ((text: string) => string) | undefined;
  onLine: ((line: string) => void) | undefined;
}): OutputCapture {
  const kept = keepEnds(options.maxBytes);
  const lines = options.onLine === undefined ? undefined : splitLines(options.onLine, options.redact);
  return {
    write: (chunk) => {
      kept.write(chunk);
      lines?.write(chunk);
    },
    end: () => {
      lines?.end();
      const { head, tail, dropped } = kept.read(options.redact !== undefined);
      const clean = options.redact ?? ((text: string) => text);
      if (dropped === 0) return { text: clean(head + tail), truncated: false };
      return { text: `${clean(head)}\n… ${dropped} bytes left out …\n${clean(tail)}`, truncated: true };
    },
  };
}

function splitLines(onLine: (line: string) => void, redact: ((text: string) => string) | undefined) {
  const decoder = new StringDecoder('utf8');
  const emit = (line: string) => onLine(redact === undefined ? line : redact(line));
  let partial = '';
  return {
    write: (chunk: Uint8Array) => {
      const parts = (partial + decoder.write(Buffer.from(chunk))).split(LINE_END);
      partial = parts.pop() ?? '';
      for (const part of parts) emit(part);
      if (partial.length > LONGEST_LINE) {
        emit(partial);
        partial = '';
      }
    },
    end: () => {
      partial += decoder.end();
      if (partial !== '') emit(partial.replace(/\r$/, ''));
      partial = '';
    },
  };
}

/** The first and the last half of `maxBytes`, without holding more than about twice that. */
function keepEnds(maxBytes: number) {
  const half = Math.ceil(maxBytes / 2);
  const head: Uint8Array[] = [];
  let headBytes = 0;
  let tail: Uint8Array[] = [];
  let tailBytes = 0;
  let droppedBytes = 0;

  const trimTail = () => {
    const all = Buffer.concat(tail);
    droppedBytes += all.length - half;
    tail = [all.subarray(all.length - half)];
    tailBytes = half;
  };
  return {
    write: (chunk: Uint8Array) => {
      const room = half - headBytes;
      if (room > 0) {
        head.push(chunk.subarray(0, room));
        headBytes += Math.min(room, chunk.length);
      }
      if (chunk.length <= room) return;
      const rest = chunk.subarray(Math.max(room, 0));
      tail.push(rest);
      tailBytes += rest.length;
      if (tailBytes > 2 * half) trimTail();
    },
    read: (blur: boolean) => {
      if (tailBytes > half) trimTail();
      const first = Buffer.concat(head);
      const last = Buffer.concat(tail);
      if (droppedBytes === 0)
        return { head: Buffer.concat([first, last]).toString('utf8'), tail: '', dropped: 0 };
      return { head: cutEnd(first, blur), tail: cutStart(last, blur), dropped: droppedBytes };
    },
  };
}

function cutEnd(bytes: Buffer, blur: boolean): string {
  const at = bytes.lastIndexOf(0x0a);
  if (at >= 0) return bytes.toString('utf8', 0, at);
  return bytes.toString('utf8', 0, blur ? Math.max(0, bytes.length - BLUR_BYTES) : bytes.length);
}

function cutStart(bytes: Buffer, blur: boolean): string {
  const at = bytes.indexOf(0x0a);
  if (at >= 0) return bytes.toString('utf8', at + 1);
  return bytes.toString('utf8', blur ? BLUR_BYTES : 0);
}
