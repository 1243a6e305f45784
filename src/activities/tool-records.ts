/** One tool activity that runs in this process, as a successor of the process may find it. */
export interface ToolRecord {
  /** Notes a tool's process group, or its end. */
  process(event: { pgid: number; state: 'started' | 'ended' }): void;
  /** The activity has ended: nothing is left to clean up. */
  close(): Promise<void>;
}

/** Where tool activities leave word of themselves, in case their process is killed. */
export interface ToolRecords {
  /** @param activity.scratchDir absolute; removed if the process is killed */
  open(activity: { scratchDir: string | null }): Promise<ToolRecord>;
}
