import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/json.ts';
import { PlumblineError } from '../../util/errors.ts';
import { parseExactJson } from '../../util/exact-json.ts';

/** The part of `show -json` that is used. Format 1.x: https://developer.hashicorp.com/terraform/internals/json-format */
export interface PlanJson {
  resourceChanges: ResourceChange[];
  resourceDrift: ResourceChange[];
  outputChanges: Record<string, ChangeJson>;
  /** What Terraform knows it must do, but puts off to a later plan. */
  deferredChanges: ResourceChange[];
  /** All of it, for artifacts. */
  raw: JsonObject;
}

export interface ResourceChange {
  address: string;
  previousAddress: string | undefined;
  mode: string;
  type: string;
  name: string;
  /** The key of a deposed object: a leftover of a replacement. */
  deposed: string | undefined;
  actionReason: string | undefined;
  change: ChangeJson;
}

export interface ChangeJson {
  actions: string[];
  before: JsonValue;
  after: JsonValue;
  afterUnknown: JsonValue;
  beforeSensitive: JsonValue;
  afterSensitive: JsonValue;
  /** Paths into the resource: names and indices. */
  replacePaths: (string | number)[][];
  importing: boolean;
}

/**
 * Reads what `show -json` printed of a finished plan.
 * @throws PlumblineError `plan_failed` when it is no plan, of an unknown format, or the plan itself says that it failed or
 *   leaves out parts of the stack without naming them: no changes in such a plan would not mean that the stack is in sync
 */
export function parsePlanJson(text: string): PlanJson {
  const plan = readPlanJson(text);
  if (plan.raw['errored'] === true) {
    throw new PlumblineError('plan_failed', 'The plan is incomplete: planning ended with errors.', {
      retryable: true,
    });
  }
  if (plan.raw['complete'] === false && plan.deferredChanges.length === 0) {
    throw new PlumblineError(
      'plan_failed',
      'The plan covers only a part of the stack, so it says nothing about the rest. Plan without -target and -exclude.',
    );
  }
  return plan;
}

/**
 * Reads what `show -json` printed, also of a plan that failed.
 * @throws PlumblineError `plan_failed` when it is no plan, or of an unknown format
 */
export function readPlanJson(text: string): PlanJson {
  let raw: unknown;
  try {
    raw = parseExactJson(text);
  } catch (error) {
    throw new PlumblineError('plan_failed', 'The plan could not be read as JSON.', {
      cause: error,
      retryable: true,
    });
  }
  if (
    !isJsonObject(raw) ||
    typeof raw['format_version'] !== 'string' ||
    !raw['format_version'].startsWith('1.')
  ) {
    throw new PlumblineError(
      'plan_failed',
      'The plan is not in the JSON format 1.x that Terraform 1.x writes.',
    );
  }
  const outputs = isJsonObject(raw['output_changes']) ? raw['output_changes'] : {};
  return {
    resourceChanges: resources(raw['resource_changes']),
    resourceDrift: resources(raw['resource_drift']),
    outputChanges: Object.fromEntries(
      Object.entries(outputs).map(([name, change]) => [name, toChange(change)]),
    ),
    deferredChanges: deferred(raw['deferred_changes']),
    raw,
  };
}

/** Whether an entry of `resource_changes` is something that an apply would do. */
export function isChange(resource: ResourceChange): boolean {
  return !isNoOp(resource.change) || resource.previousAddress !== undefined || resource.change.importing;
}

/** Whether nothing would be done. An entry that doesn't say what would be done counts as a change. */
export function isNoOp(change: ChangeJson): boolean {
  return change.actions.length > 0 && change.actions.every((action) => action === 'no-op');
}

function resources(value: JsonValue | undefined): ResourceChange[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isJsonObject).map((item) => ({
    address: optional(item['address']) ?? '',
    previousAddress: optional(item['previous_address']),
    mode: optional(item['mode']) ?? 'managed',
    type: optional(item['type']) ?? '',
    name: optional(item['name']) ?? '',
    deposed: optional(item['deposed']),
    actionReason: optional(item['action_reason']),
    change: toChange(item['change']),
  }));
}

function deferred(value: JsonValue | undefined): ResourceChange[] {
  if (!Array.isArray(value)) return [];
  return resources(value.filter(isJsonObject).map((item) => item['resource_change'] ?? null));
}

function optional(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function toChange(value: JsonValue | undefined): ChangeJson {
  const change = isJsonObject(value) ? value : {};
  const actions = change['actions'];
  const paths = change['replace_paths'];
  return {
    actions: Array.isArray(actions) ? actions.map(String) : [],
    before: change['before'] ?? null,
    after: change['after'] ?? null,
    afterUnknown: change['after_unknown'] ?? false,
    beforeSensitive: change['before_sensitive'] ?? false,
    afterSensitive: change['after_sensitive'] ?? false,
    replacePaths: Array.isArray(paths) ? (paths.filter(Array.isArray) as (string | number)[][]) : [],
    importing: isJsonObject(change['importing']),
  };
}
