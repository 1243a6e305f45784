import type { ApprovalsJson } from '../api/schemas/approval.ts';
import type { TaskJson } from '../api/schemas/task.ts';
import type { ApiClient } from './api-client.ts';

/** The most that one answer of the API holds. */
const MOST = 500;

/** A task that does not run and can be cancelled by its ID. */
export interface CancellableTask {
  id: string;
  /** What it is: a part of a sentence. */
  why: string;
}

/** The tasks of a repository that wait for their turn, the next one first. */
export async function tasksThatWait(client: ApiClient, repo: string): Promise<CancellableTask[]> {
  const query = new URLSearchParams({ repo, limit: String(MOST) });
  const { tasks } = await client.get<{ tasks: TaskJson[] }>(`/api/tasks?${query}`);
  return tasks
    .filter(({ status }) => status === 'queued')
    .map(({ id, kind, actor }) => ({
      id,
      why: `a ${kind}${actor === '' ? '' : ` that ${actor} asked for`}, waits for its turn`,
    }))
    .toReversed();
}

/** Those that ask people for something which whoever looks may take back. */
export async function tasksThatAsk(client: ApiClient, repo: string): Promise<CancellableTask[]> {
  const open = await Promise.all(
    ['waiting', 'approved'].map(async (status) => {
      const query = new URLSearchParams({ repo, status, limit: String(MOST) });
      return (await client.get<ApprovalsJson>(`/api/approvals?${query}`)).approvals;
    }),
  );
  const asked = open.flat().filter(({ you }) => you.may_take_back);
  return [...Map.groupBy(asked, ({ task_id }) => task_id)].map(([id, approvals]) => ({
    id,
    why: `asks people about ${approvals.map(({ stack }) => stack).join(', ')}`,
  }));
}
