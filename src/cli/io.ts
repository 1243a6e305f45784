import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import pc from 'picocolors';

/** Where a command writes: what was asked for goes to stdout, everything else to stderr. */
export interface Io {
  /** The result, e.g. a table or JSON; ends with a newline. */
  out(text: string): void;
  /** A notice for people. */
  note(text: string): void;
  /** Redraws one status line on a terminal; a plain line, when it has changed, in a pipe. */
  progress(text: string): void;
  /** Ends the status line. */
  progressDone(): void;
  env: Readonly<Record<string, string | undefined>>;
  /** Whether stderr is a terminal. */
  interactive: boolean;
  colors: ReturnType<typeof pc.createColors>;
}

/** The process's own streams. Writes are synchronous, so that nothing is lost when a command exits. */
export function processIo(): Io {
  const interactive = process.stderr.isTTY;
  let lastLine = '';
  const write = (fd: number, text: string): void => {
    try {
      writeAll(fd, text);
    } catch (error) {
      // A reader such as `head` that has seen enough is no fault of ours.
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    }
  };
  return {
    env: process.env,
    interactive,
    colors: pc.createColors(isatty(1) && !process.env['NO_COLOR']),
    out: (text) => write(1, text.endsWith('\n') ? text : `${text}\n`),
    note: (text) => write(2, `${text}\n`),
    progress(text) {
      if (text === lastLine) return;
      lastLine = text;
      if (interactive) write(2, `\r\u001B[2K${text.slice(0, (process.stderr.columns || 80) - 1)}`);
      else write(2, `${text}\n`);
    },
    progressDone() {
      if (interactive && lastLine) write(2, '\r\u001B[2K');
      lastLine = '';
    },
  };
}

/** Writes all of the text, also to a pipe whose reader is slow (the descriptor may be non-blocking). */
function writeAll(fd: number, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
