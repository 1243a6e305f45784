import type { DriverPlan, PlanContext } from '../../driver.ts';
import type { TerraformOptions } from '../options.ts';
import type { Planned } from '../plan-steps.ts';
import type { Session } from '../session.ts';
import type { BackendRecord } from '../state-lock.ts';

/** A stack that any command can be run on, whatever made it so: what applies and all around them need of it. */
export interface ReadyStack {
  session: Session;
  options: Pick<TerraformOptions, 'lock_timeout' | 'parallelism'>;
  backend: BackendRecord | undefined;
  /** Absolute path of the folder that relative paths of a local backend start from. */
  stateFolder: string;
  /** Plans it, as often as asked, within the session's time; the binary plan is in `planned.file`. */
  plan(session: Session): Promise<{ planned: Planned; plan: DriverPlan }>;
  /**
   * Of a stack whose workspace the backend does not have, and which works on an empty state of its own: makes the workspace,
   * and gives the stack in it. Left out where the workspace is there.
   */
  makeWorkspace?: (() => Promise<ReadyStack>) | undefined;
}

/** How stacks of one kind are made ready. */
export interface StackMaker {
  /**
   * Makes a stack ready and works on it, while nobody else does so in this data folder.
   * @throws PlumblineError as `Driver.plan`, and what `work` throws
   */
  inStack<T>(context: PlanContext, work: (stack: ReadyStack) => Promise<T>): Promise<T>;
  /** Absolute paths of folders that an earlier apply may have run in, as far as they are known before the stack is made ready. */
  runFolders(context: PlanContext): Promise<string[]>;
}
