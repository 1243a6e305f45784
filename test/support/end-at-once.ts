import type { Verdict } from '../../src/domain/eligibility/verdict.ts';
import type { Failure } from '../../src/domain/task.ts';
import type { ApiFixture } from './api-app.ts';
import { aStack } from './api-data.ts';

/** How a task is to end. */
interface Ending {
  status: 'completed' | 'failed' | 'awaiting_approval';
  stacks: readonly string[];
  /** Of the first stacks, in their order. */
  verdicts: readonly Verdict[];
  error: Failure | null;
}

/** Decides so about the first stacks and ends every task as soon as it is asked for, as a worker would. */
export function endAtOnce(api: ApiFixture, { status, stacks, verdicts, error }: Ending): void {
  const request = api.temporal.request.bind(api.temporal);
  api.temporal.request = async (repo, message) => {
    const started = await request(repo, message);
    const end = async (): Promise<void> => {
      const task = await api.store.tasks.get(message.task_id!);
      if (!task) return void setTimeout(() => void end(), 5);
      const jobs = verdicts.map((_, index) => ({
        id: `${task.id}:${index}`,
        stack: aStack(stacks[index]!),
        queue: 'stacks',
      }));
      await api.store.tasks.begin({ ...task, runId: 'run' });
      await api.store.tasks.discovered(task.id, 'c0ffee', jobs, new Date().toISOString());
      for (const [index, verdict] of verdicts.entries())
        await api.store.verdicts.put(jobs[index]!.id, verdict);
      await api.store.tasks.finish(task.id, { status, error }, new Date().toISOString());
    };
    void end();
    return started;
  };
}
