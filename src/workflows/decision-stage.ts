/** How far a task is once its plans are made: counts only, what was decided is in the store. JSON only. */
export interface DecisionStage {
  name: 'deciding' | 'asking' | 'applying';
  /** The last ordinal that was decided on, or whose people were asked. */
  after: number;
  unchanged: number;
  applied: number;
  waiting: number;
  blocked: number;
  apply_failed: number;
}
