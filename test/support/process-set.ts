import { type PlumblineProcess, startProcess } from './plumbline.ts';

/** What encrypts a test's artifacts. */
const DATA_KEY = { PLUMBLINE_DATA_KEY: Buffer.alloc(32, 7).toString('base64') };

/** The long-running processes of a test, which all have this environment. */
export function aProcessSet(env: Record<string, string> = DATA_KEY) {
  const started: PlumblineProcess[] = [];
  return {
    start: (args: readonly string[], more: Parameters<typeof startProcess>[1] = {}): PlumblineProcess => {
      const process = startProcess(args, { ...more, env: { ...env, ...more.env } });
      started.push(process);
      return process;
    },
    /** All that they have printed. */
    log: () => started.map((process) => process.log()).join('\n'),
    /** Stops them, the last first; others may be started then. */
    stop: async (): Promise<void> => {
      for (const process of started.splice(0).toReversed()) await process.stop();
    },
  };
}
