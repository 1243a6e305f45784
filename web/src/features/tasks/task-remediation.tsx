import { useQuery } from '@tanstack/react-query';
import { useApi } from '../../api/api-context.ts';
import type { TaskJson } from '../../api/types.ts';
import { approvalsQuery } from '../approvals/get-approvals.ts';
import { verdictsQuery } from '../remediation/get-remediation.ts';
import { RemediationPlan } from '../remediation/remediation-plan.tsx';
import { stepState } from '../remediation/step-words.ts';
import { repoStacksQuery } from '../repo/get-repo-stacks.ts';

/** The remediation plan of a task, with what of it is applied or overtaken by now. */
export function TaskRemediation({ task }: { task: TaskJson }) {
  const api = useApi();
  const changes = task.kind !== 'scan';
  const ended = task.ended_at !== null;
  const verdicts = useQuery({ ...verdictsQuery(api, task.id), enabled: changes }).data ?? [];
  const approvals =
    useQuery({ ...approvalsQuery(api, { repo: task.repo_name }), enabled: changes && ended }).data ?? [];
  const stacks = useQuery({ ...repoStacksQuery(api, task.repo_name, false), enabled: ended }).data ?? null;
  return (
    <RemediationPlan
      taskId={task.id}
      repo={task.repo_name}
      stack={null}
      stateOf={(step) => stepState(step, { task, verdicts, approvals, stacks })}
    />
  );
}
