import { activityInfo } from '@temporalio/activity';
import { AUTO_ROLLBACK } from '../../domain/eligibility/automatic-rollback.ts';
import { mergeNeeded } from '../../domain/eligibility/hold.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Stack } from '../../domain/stack.ts';
import { PlumblineError } from '../../util/errors.ts';
import { audit } from '../audit-entries.ts';
import type { ActivityDeps } from '../deps.ts';
import { type PinnedConfig, repoOf } from '../pinned-config.ts';
import { recordedCommits } from '../recorded-commit.ts';
import { commonEnvironment } from '../stack-facts.ts';
import { taskActivity, type ToolShared, type ToolWork } from '../tool-activity.ts';
import type { ToolActivities } from '../types.ts';
import type { PrepareRollbackInput } from './types.ts';
import { placePin } from './place-pin.ts';
import { refuseHeld } from './refuse-held.ts';
import { refuseShared } from './refuse-shared.ts';
import { type MadeRevert, revertCommit } from './revert-commit.ts';
import { pinsOf } from './rollback-pins.ts';
import { type RollbackScope, rollbackScope } from './rollback-scope.ts';

/** The activity that makes the commit which a rollback syncs to. */
export function createPrepareRollback(
  deps: ActivityDeps,
  shared: ToolShared,
): ToolActivities['prepareRollback'] {
  return (input) => taskActivity(deps, shared, input, (work) => prepareRollback(deps, input, work));
}

type Prepared = Awaited<ReturnType<ToolActivities['prepareRollback']>>;

async function prepareRollback(
  deps: ActivityDeps,
  input: PrepareRollbackInput,
  work: ToolWork,
): Promise<Prepared> {
  const { config, signal, progress } = work;
  const call = { signal, onProgress: (message: string) => progress.step(message) };
  const repo = repoOf(config.settings, input.repo);
  const wanted = { commit: input.to_commit, recorded: recordedCommits(deps, input.repo) };
  const { commit: toCommit } = await config.git.resolve(repo, wanted, call);
  const scope = await rollbackScope(deps, input, toCommit, work);
  // Of an environment or a repository all that it draws on is meant; of stacks, what is theirs.
  if (input.stacks !== null) {
    const keys = scope.stacks.map(({ key }) => key);
    await refuseShared(deps, { repo: input.repo, keys, paths: scope.paths, toCommit }, work);
  }
  if (input.dry_run === true) return { commit: toCommit, pushed: false };
  await refuseHeld(deps, config, input, scope.stacks);
  const made = await revert(config, { input, scope, toCommit }, call);
  for (const key of scope.gone) progress.warning(goneWarning(key, toCommit));
  const { commit, pushed, merge, refusal } = made;
  for (const hold of pinsOf(deps, config, { input, stacks: scope.stacks, commit, merge }))
    await placePin(deps, hold, input.task_id);
  const needed = mergeNeeded(made);
  if (needed !== null) progress.warning(`${refusal} ${needed}`);
  const { task_id: taskId, actor, reason } = input;
  const details: JsonObject = { to_commit: toCommit, pushed, paths: [...scope.paths] };
  if (needed !== null) details['branch_protected'] = needed;
  const environment = commonEnvironment(config.settings, input.repo, scope.stacks);
  const about = { repo: input.repo, environment, taskId, commit, reason, details };
  await audit(deps, { ...about, action: 'rollback.started', result: 'ok', actor: actor || 'plumbline' });
  return { commit, pushed };
}

function goneWarning(key: string, toCommit: string): string {
  return `${key} did not exist at ${toCommit.slice(0, 12)}: it is taken out of Git, and what it made stays as it is.`;
}

async function revert(
  config: PinnedConfig,
  { input, scope, toCommit }: { input: PrepareRollbackInput; scope: RollbackScope; toCommit: string },
  call: Parameters<typeof revertCommit>[2],
): Promise<MadeRevert> {
  const why = input.reason === '' ? '' : `\n\n${input.reason}`;
  const message = `Roll ${whatOf(input, scope.stacks)} back to ${toCommit.slice(0, 12)}${why}`;
  const { repo, actor } = input;
  try {
    return await revertCommit(config, { repo, actor, paths: scope.paths, toCommit, message }, call);
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    const newest = error.details['commit'];
    if (error.code !== 'nothing_to_revert' || typeof newest !== 'string') throw error;
    // What failed is not in Git, so that going back in Git would only apply the same once more.
    // A second try may find what the first has pushed.
    if (input.request?.trigger === AUTO_ROLLBACK && activityInfo().attempt === 1) throw error;
    return { commit: newest, pushed: true };
  }
}

const MOST_NAMED = 5;

function whatOf(
  { environment, repo, stacks: asked }: PrepareRollbackInput,
  stacks: readonly Stack[],
): string {
  if (environment !== null) return environment;
  if (asked === null) return repo;
  const keys = stacks.map(({ key }) => key);
  const more = keys.length > MOST_NAMED ? ` and ${keys.length - MOST_NAMED} more` : '';
  return `${keys.slice(0, MOST_NAMED).join(', ')}${more}`;
}
