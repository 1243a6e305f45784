import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { captureOutput, type OutputCapture } from './process-output.ts';
import { tailFile, type FileTail } from './process-file-tail.ts';

/** A stream that stays open after its process group has ended is held by a process that left the group. */
const IDLE_AFTER_END_MS = 2000;

interface Captured {
  text: string;
  truncated: boolean;
}

export interface ExecStreams {
  /** For the child's stdout and stderr. */
  stdio: readonly ['pipe' | 1, 'pipe' | 1];
  /** Reads from the child's pipes; to be called at once after it was started. */
  attach(stdout: Readable | null, stderr: Readable | null): void;
  /** Reads to the end and gives what was captured; to be called when the process group has ended. */
  end(): Promise<{ stdout: Captured; stderr: Captured }>;
}

/** Where a child's output goes: into pipes that are read here, or into files that are tailed. */
export async function openStreams(options: {
  stdoutFile: string | undefined;
  maxBytes: number;
  redact: ((text: string) => string) | undefined;
  onLine: ((line: string, stream: 'stdout' | 'stderr') => void) | undefined;
}): Promise<ExecStreams> {
  const { maxBytes, redact, onLine } = options;
  const capture = (name: 'stdout' | 'stderr') =>
    captureOutput({ maxBytes, redact, onLine: onLine && ((line) => onLine(line, name)) });
  const out = capture('stdout');
  const err = capture('stderr');
  if (options.stdoutFile === undefined) return pipes(out, err);
  return files(options.stdoutFile, `${options.stdoutFile}.stderr`, out, err);
}

function pipes(out: OutputCapture, err: OutputCapture): ExecStreams {
  const ends: (() => Promise<void>)[] = [];
  const read = (stream: Readable | null, capture: OutputCapture) => {
    if (stream !== null) ends.push(readAll(stream, capture));
  };
  return {
    stdio: ['pipe', 'pipe'],
    attach: (stdout, stderr) => {
      read(stdout, out);
      read(stderr, err);
    },
    end: async () => {
      await Promise.all(ends.map((end) => end()));
      return { stdout: out.end(), stderr: err.end() };
    },
  };
}

/** Returns what waits for the stream's end, but not longer than it stays silent. */
function readAll(stream: Readable, capture: OutputCapture): () => Promise<void> {
  let ended = false;
  let lastChunkAt = 0;
  let notify: () => void = () => undefined;
  const finish = () => {
    ended = true;
    notify();
  };
  stream.on('data', (chunk: Uint8Array) => {
    lastChunkAt = performance.now();
    capture.write(chunk);
  });
  stream.on('end', finish).on('error', finish).on('close', finish);
  return async () => {
    if (ended) return;
    const since = performance.now();
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (performance.now() - Math.max(since, lastChunkAt) > IDLE_AFTER_END_MS) notify();
      }, IDLE_AFTER_END_MS / 8);
      notify = () => {
        clearInterval(timer);
        resolve();
      };
    });
    stream.destroy();
  };
}

async function files(
  outPath: string,
  errPath: string,
  out: OutputCapture,
  err: OutputCapture,
): Promise<ExecStreams> {
  const stdout = await open(outPath, 'w', 0o600);
  const stderr = await open(errPath, 'w', 0o600);
  const tails: FileTail[] = [
    await tailFile(outPath, (chunk) => out.write(chunk)),
    await tailFile(errPath, (chunk) => err.write(chunk)),
  ];
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await Promise.all([stdout.close(), stderr.close()]);
  };
  return {
    // Real descriptors; execa's types know 1 to 9 only.
    stdio: [stdout.fd as 1, stderr.fd as 1],
    attach: () => undefined,
    end: async () => {
      await close();
      for (const tail of tails) await tail.end();
      return { stdout: out.end(), stderr: err.end() };
    },
  };
}
