/** Input of `inspectStack`, whose ID is `repo/<repo>/inspect/<key>`. */
export interface InspectStackInput {
  repo: string;
  key: string;
  /** Also looks for what nobody declared. */
  orphans?: boolean;
  /** The task queue of the stack's worker. */
  queue?: string;
}

/** Result of `inspectStack`: what was found is in the store. */
export interface InspectStackResult {
  /** When it was found, ISO 8601. */
  at: string;
  resources: number;
  /** null: they were not looked for. */
  orphans: number | null;
}
