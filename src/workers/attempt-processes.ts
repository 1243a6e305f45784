import { hostname } from 'node:os';
import type { Processes } from '../activities/index.ts';
import type { AttemptProcess } from '../domain/attempt.ts';
import { isBeingWritten } from '../util/open-files.ts';
import { identifyProcess, processState } from './process-identity.ts';

/** The processes of this machine, as attempts note them. @throws Error when this very process can't be identified */
export async function openProcesses(): Promise<Processes> {
  const host = hostname();
  const identify = async (pid: number): Promise<AttemptProcess | undefined> => {
    const found = await identifyProcess(pid);
    return found && { host, ...found };
  };
  const own = await identify(process.pid);
  if (!own) throw new Error('This process can not be identified.');
  return {
    own,
    identify,
    // A machine that was started anew has another boot ID, which says nothing of other machines.
    state: async (one) => (one.host === host ? await processState(one) : 'unknown'),
    writes: isBeingWritten,
  };
}
