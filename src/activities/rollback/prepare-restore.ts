import { parseRolloutReference } from '../../domain/rollout-target.ts';
import type { Stack } from '../../domain/stack.ts';
import { PlumblineError } from '../../util/errors.ts';
import type { ActivityDeps } from '../deps.ts';
import { repoOf } from '../pinned-config.ts';
import { recordedCommits } from '../recorded-commit.ts';
import { taskActivity, type ToolShared, type ToolWork } from '../tool-activity.ts';
import type { ToolActivities } from '../types.ts';
import type { PrepareRestoreInput } from './types.ts';
import { refuseHeld } from './refuse-held.ts';
import { ownBackup } from './saved-state.ts';

/** The activity that looks whether a stack can return to a saved state, and at which commit it is planned then. */
export function createPrepareRestore(
  deps: ActivityDeps,
  shared: ToolShared,
): ToolActivities['prepareRestore'] {
  return (input) => taskActivity(deps, shared, input, (work) => prepareRestore(deps, input, work));
}

async function prepareRestore(
  deps: ActivityDeps,
  input: PrepareRestoreInput,
  { config, signal, progress }: ToolWork,
): Promise<{ commit: string }> {
  const { store, drivers } = deps;
  const { repo: name, stacks, to_backup } = input;
  const [key] = stacks;
  if (key === undefined || stacks.length > 1) {
    throw new PlumblineError('rollback_refused', 'A rollback to a saved state is of exactly one stack.');
  }
  const stack = await store.stacks.get(name, key);
  if (!stack)
    throw new PlumblineError('stack_not_found', `${name} has no known stack "${key}". Scan it first.`);
  const driver = drivers.find(({ kind }) => kind === stack.kind);
  if (parseRolloutReference(to_backup) === undefined) {
    await ownBackup(deps, { repo: name, key, to_backup });
    if (!driver?.planRestore || !driver.restore) throw unsupported(stack, 'state that could be restored');
  } else if (!driver?.planUndo || !driver.undo) throw unsupported(stack, 'workloads that keep revisions');
  if (input.dry_run !== true) await refuseHeld(deps, config, input, [stack]);
  const repo = repoOf(config.settings, name);
  // What was applied last is what the state was made from.
  const commit = input.commit ?? (await store.syncs.get(name, key))?.commit;
  const branch = repo.branch === null ? {} : { branch: repo.branch };
  const wanted = commit === undefined ? branch : { commit, recorded: recordedCommits(deps, name) };
  const call = { signal, onProgress: (message: string) => progress.step(message) };
  return { commit: (await config.git.resolve(repo, wanted, call)).commit };
}

function unsupported({ kind }: Pick<Stack, 'kind'>, what: string): PlumblineError {
  return new PlumblineError('restore_unsupported', `Stacks of kind ${kind} have no ${what}.`);
}
