import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/json.ts';
import type { PlanJson } from './plan-json.ts';

/**
 * What a plan says besides its changes: changes that are put off to a later plan, and `check` blocks that don't hold. The
 * latter fail no plan and change nothing, so nobody would hear of them. Texts are not redacted.
 */
export function planWarnings(plan: PlanJson): string[] {
  const deferred = plan.deferredChanges.map((resource) => resource.address).sort();
  return [
    ...(deferred.length === 0
      ? []
      : [`The plan is incomplete: it puts off ${deferred.join(', ')} to a later plan.`]),
    ...objects(plan.raw['checks']).flatMap(checkWarning),
  ];
}

function checkWarning(check: JsonObject): string[] {
  const status = check['status'];
  if (status !== 'fail' && status !== 'error') return [];
  const address = isJsonObject(check['address']) ? check['address']['to_display'] : undefined;
  const problems = objects(check['instances'])
    .flatMap((instance) => objects(instance['problems']))
    .map((problem) => problem['message'])
    .filter((message) => typeof message === 'string');
  const how = status === 'fail' ? 'does not hold' : 'could not be evaluated';
  return [
    `${typeof address === 'string' ? address : 'A check'} ${how}${problems.length > 0 ? `: ${problems.join('; ')}` : '.'}`,
  ];
}

function objects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
