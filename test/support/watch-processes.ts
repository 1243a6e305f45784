import { readdir, readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Reads the arguments of every process of the machine over and over, as `ps` would, until it is stopped.
 * Gives all that was seen. Needs Linux's /proc.
 */
export function watchProcesses(): { stop(): Promise<{ commandLines: string }> } {
  const seen = new Set<string>();
  const stopped = new AbortController();
  const watching = (async () => {
    while (!stopped.signal.aborted) {
      for (const pid of await readdir('/proc')) {
        if (!/^\d+$/.test(pid)) continue;
        const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
        if (line !== '') seen.add(line.replaceAll('\0', ' '));
      }
      await nextTurn();
    }
  })();
  return {
    stop: async () => {
      stopped.abort();
      await watching;
      return { commandLines: [...seen].join('\n') };
    },
  };
}
