import { canonicalJson } from '../../domain/canonical-json.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { isChange, isNoOp, type PlanJson } from './plan-json.ts';
import type { PlanFileFacts } from './plan-file.ts';
import type { BackendRecord } from './state-lock.ts';

/** What a plan's digest is made of, besides the changes. */
export interface IdentityParts {
  repo: string;
  stack: { key: string; path: string; workspace: string };
  tool: { name: string; version: string };
  planFile: PlanFileFacts;
  backend: BackendRecord | undefined;
  /** Content of the lock file that the plan used, or null. */
  lockFile: string | null;
  /** SHA-256 of each source file, var files included, by path. */
  sources: Record<string, string>;
  /** SHA-256 of each file of modules from elsewhere, by path. */
  modules: Record<string, string>;
  /** More that must not change, by name (e.g. that a plan was built on mock outputs). */
  extra?: JsonObject;
}

/**
 * Everything that an approval of this plan is bound to. Equal for two plans of one situation, and different when the
 * target, the tool, the sources, the values or the changes differ. Serial numbers and times of day are left out. Holds
 * secrets: it may only be hashed with a key.
 */
export function planIdentity(parts: IdentityParts, plan: PlanJson): JsonValue {
  return {
    v: 1,
    repo: parts.repo,
    stack: { ...parts.stack },
    target: {
      lineage: parts.planFile.lineage,
      backend:
        parts.backend === undefined ? null : { type: parts.backend.type, config: parts.backend.config },
    },
    tool: { ...parts.tool },
    lock_file: parts.lockFile,
    sources: parts.sources,
    modules: parts.modules,
    config: parts.planFile.config,
    variables: plan.raw['variables'] ?? {},
    changes: JSON.parse(canonicalJson(rawChanges(plan))) as JsonValue,
    ...(parts.extra === undefined ? {} : { extra: parts.extra }),
  };
}

/** The raw changes that a plan's digest is bound to, in a fixed order, unknowns and sensitive values included. */
function rawChanges(plan: PlanJson): JsonValue {
  const list = (resources: PlanJson['resourceChanges']) =>
    [...resources]
      .sort((a, b) => (a.address + (a.deposed ?? '') < b.address + (b.deposed ?? '') ? -1 : 1))
      .map((resource) => ({ ...resource, change: { ...resource.change } }) as unknown as JsonObject);
  return {
    resources: list(plan.resourceChanges.filter(isChange)),
    drift: list(plan.resourceDrift.filter((resource) => !isNoOp(resource.change))),
    deferred: list(plan.deferredChanges),
    outputs: Object.fromEntries(
      Object.entries(plan.outputChanges)
        .filter(([, change]) => !isNoOp(change))
        .map(([name, change]) => [name, { ...change }]),
    ),
  };
}
