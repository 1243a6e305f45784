/** Activities that look whether there is something to do. */
export interface PollActivities {
  /** Asks the repo's Git host for the newest commit, and for what follows from that. Safe to run again. */
  pollRepo(input: { repo: string }): Promise<PolledRepo>;
}

/** What a poll came to. */
export interface PolledRepo {
  /** `failed`: the host did not answer. */
  outcome: 'moved' | 'same' | 'failed';
  /** Null: none is known. */
  commit: string | null;
  /** Kinds of the tasks that were asked for. */
  asked: string[];
}
