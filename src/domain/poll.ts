import type { EnvironmentSettings } from './eligibility/policy.ts';
import type { PublishedSettings } from './settings.ts';
import { branchOf, policyOfStack } from './environments.ts';

/** How often Git is polled where an environment is kept without people and nobody has said how often. */
const DEFAULT_INTERVAL_MS = 60_000;
/** Repairs by interval take at most a third of the time: what takes long is looked at less often. */
const REST_OF_REPAIRS = 2;

/** A task that a poll asks for; without environments: of all stacks. */
export interface PolledRequest {
  kind: 'scan' | 'sync' | 'reconcile';
  trigger: 'push' | 'schedule';
  environments?: string[];
}

/** Whether an environment has stacks of a repo, or may have some by convention. */
export function drawsOn({ sources }: Pick<EnvironmentSettings, 'sources'>, repo: string): boolean {
  return sources.length === 0 || sources.some((source) => source.repo === null || source.repo === repo);
}

/** How often a repo is polled, in ms; null: never. @param given what the config says of the repo; undefined: nothing */
export function pollInterval(
  given: number | undefined,
  repo: string,
  environments: readonly EnvironmentSettings[],
): number | null {
  if (given !== undefined) return given === 0 ? null : given;
  const automated = environments.some((each) => each.policy.automated !== null && drawsOn(each, repo));
  return automated ? DEFAULT_INTERVAL_MS : null;
}

/**
 * What a new commit leads to: a sync of the environments that are kept without people, and then a scan, which shows what is for
 * people, unless those environments are all that there is.
 */
export function afterPush(repo: string, environments: readonly EnvironmentSettings[]): PolledRequest[] {
  const drawing = environments.filter((each) => drawsOn(each, repo));
  const automated = drawing.filter(({ policy }) => policy.automated !== null);
  if (automated.length === 0) return [{ kind: 'scan', trigger: 'push' }];
  const sync: PolledRequest = {
    kind: 'sync',
    trigger: 'push',
    environments: automated.map(({ name }) => name),
  };
  const isAll =
    automated.length === drawing.length &&
    automated.some(({ sources }) =>
      sources.some(({ repo: from, paths }) => (from === null || from === repo) && paths.length === 0),
    );
  return isAll ? [sync] : [sync, { kind: 'scan', trigger: 'push' }];
}

/** What a repo whose Git has not moved is asked for: the repair of the environments that heal themselves. */
export function betweenPushes(
  repo: string,
  settings: Pick<PublishedSettings, 'repos' | 'environments'>,
  stacks: readonly { path: string; environment: string | null }[],
): PolledRequest[] {
  const ref = branchOf(settings.repos, repo);
  const healed = stacks.filter(
    ({ path }) => policyOfStack(settings.environments, { repo, ref, path }).automated?.selfHeal === true,
  );
  const environments = [...new Set(healed.flatMap(({ environment }) => environment ?? []))].toSorted();
  return environments.length === 0 ? [] : [{ kind: 'reconcile', trigger: 'schedule', environments }];
}

/** Whether repairs have rested long enough. @param last the newest one of the repo; times ISO 8601 */
export function mayRepair(
  last: { startedAt: string; endedAt: string | null } | undefined,
  now: Date,
): boolean {
  if (last === undefined) return true;
  if (last.endedAt === null) return false;
  const ended = Date.parse(last.endedAt);
  return now.getTime() - ended >= REST_OF_REPAIRS * (ended - Date.parse(last.startedAt));
}
