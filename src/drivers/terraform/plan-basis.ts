import type { PlanBasis } from '../../domain/plan.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/json.ts';
import type { PlanJson, ResourceChange } from './plan-json.ts';

/**
 * What a plan rests on. Objects are those of the refreshed state, deposed ones included: what live has lost already can't be
 * destroyed any more.
 */
export function planBasis(plan: PlanJson, mockOutputs: boolean): PlanBasis {
  const resources = objectsOfState(plan.raw['prior_state']);
  return { resources, emptied: resources > 0 && !leavesAnything(plan), mockOutputs };
}

/** A state without any object is left out of the plan's JSON. */
function objectsOfState(state: JsonValue | undefined): number {
  const values = isJsonObject(state) ? state['values'] : undefined;
  return isJsonObject(values) ? managedObjects(values['root_module']) : 0;
}

function managedObjects(module: JsonValue | undefined): number {
  if (!isJsonObject(module)) return 0;
  const own = objects(module['resources']).filter((resource) => resource['mode'] === 'managed').length;
  return objects(module['child_modules']).reduce((sum, child) => sum + managedObjects(child), own);
}

function objects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** `resource_changes` lists what stays as it is, too. */
function leavesAnything(plan: PlanJson): boolean {
  return plan.deferredChanges.length > 0 || plan.resourceChanges.some(leavesObject);
}

function leavesObject({ mode, change }: ResourceChange): boolean {
  if (mode !== 'managed') return false;
  return change.actions.some((action) => action !== 'delete' && action !== 'forget');
}
