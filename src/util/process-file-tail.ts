import { open } from 'node:fs/promises';

const POLL_MS = 100;
const CHUNK_BYTES = 64 * 1024;

export interface FileTail {
  /** Reads what is left, and closes the file. */
  end(): Promise<void>;
}

/** Follows a file that another process writes, from its beginning. `onChunk` gets the bytes in order. */
export async function tailFile(path: string, onChunk: (chunk: Uint8Array) => void): Promise<FileTail> {
  const file = await open(path, 'r');
  let position = 0;
  const drain = async () => {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      onChunk(buffer.subarray(0, bytesRead));
    }
  };
  let reading: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    reading = reading.then(drain);
    // A failed read is reported by `end`, which awaits the same promise.
    reading.catch(() => undefined);
  }, POLL_MS);
  return {
    end: async () => {
      clearInterval(timer);
      try {
        await reading;
        await drain();
      } finally {
        await file.close();
      }
    },
  };
}
