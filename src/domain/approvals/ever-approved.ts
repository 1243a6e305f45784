import type { Approval, Decision } from './approval.ts';
import { approvalProgress } from './rules.ts';

/** Whether these decisions, in the order in which they were taken, have ever sufficed; some may be taken back by now. */
export function everApproved(approval: Approval, decisions: readonly Decision[]): boolean {
  const suffices = (words: readonly Decision[]): boolean => {
    const { approved, rejectedBy } = approvalProgress(approval, words);
    return approved && rejectedBy.length === 0;
  };
  const afterEach = decisions.map(({ at }, index) =>
    decisions.slice(0, index + 1).map((word) => asOf(word, (back) => back < at)),
  );
  const afterWithdrawals = decisions.flatMap(({ withdrawnAt }) =>
    withdrawnAt === null
      ? []
      : [
          decisions
            .filter(({ at }) => at <= withdrawnAt)
            .map((word) => asOf(word, (back) => back <= withdrawnAt)),
        ],
  );
  return [...afterEach, ...afterWithdrawals].some(suffices);
}

function asOf(word: Decision, isBack: (withdrawnAt: string) => boolean): Decision {
  return word.withdrawnAt === null || isBack(word.withdrawnAt) ? word : { ...word, withdrawnAt: null };
}
