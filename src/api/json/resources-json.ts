import { type ShownResources, stackHealth } from '../../domain/resources/known-resources.ts';
import type { StackResource } from '../../domain/resources/resource.ts';
import type { Failure, StackState } from '../../domain/task.ts';
import type { ResourceJson, ResourcesJson } from '../schemas/resources.ts';

/** What a stack has, as it is known at a time. */
export function resourcesJson(
  { repo, key }: Pick<StackState, 'repo' | 'key'>,
  shown: ShownResources | null,
  { problem, now }: { problem: Failure | null; now: Date },
): ResourcesJson {
  const age = shown && Math.max(0, Math.round((now.getTime() - Date.parse(shown.at)) / 1000));
  return {
    repo,
    stack: key,
    at: shown?.at ?? null,
    age_seconds: age,
    health: shown && stackHealth(shown.resources),
    resources: shown?.resources.map(resourceJson) ?? [],
    orphans: shown?.orphans?.map(resourceJson) ?? null,
    notes: shown?.notes ?? [],
    problem: problem && { code: problem.code, message: problem.message },
  };
}

function resourceJson({ isHook, ends, ...resource }: StackResource): ResourceJson {
  return {
    ...resource,
    hook: isHook,
    ends: ends.map(({ exitCode, ...end }) => ({ ...end, exit_code: exitCode })),
  };
}
