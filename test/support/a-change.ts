import type { AttributeChange, Change, RawChange } from '../../src/domain/change.ts';
import { DEFAULT_KEYWORDS } from '../../src/domain/severity/keywords.ts';
import type { IgnoreRule, SeveritySettings } from '../../src/domain/settings.ts';

/** A changed attribute: live differs from what was applied, unless `changes` says otherwise. */
export function anAttribute(pointer: string, changes: Partial<AttributeChange> = {}): AttributeChange {
  return {
    pointer,
    before: 'old',
    after: 'new',
    sensitive: false,
    unknown: false,
    cause: 'drift',
    ...changes,
  };
}

/** A resource that live changed; the address follows from kind and name. */
export function aRawChange(changes: Partial<RawChange> = {}): RawChange {
  const kind = changes.kind ?? 'example_thing';
  const name = changes.name ?? 'main';
  return {
    address: `${kind}.${name}`,
    kind,
    name,
    action: 'update',
    actions: ['update'],
    cause: 'drift',
    before: {},
    after: {},
    attributes: [],
    replacedBecause: [],
    ...changes,
  };
}

/** A change that has its severity. */
export function aChange(changes: Partial<Change> = {}): Change {
  return { ...aRawChange(changes), severity: 'low', severityReason: 'test', ...changes };
}

/** A rule that matches everything until `changes` narrow it. */
export function anIgnoreRule(changes: Partial<IgnoreRule> = {}): IgnoreRule {
  return {
    repo: null,
    stack: null,
    address: null,
    type: null,
    pointer: null,
    reason: 'known',
    until: null,
    ...changes,
  };
}

/** The default keywords, and these rules. */
export function severitySettings(rules: Partial<SeveritySettings['rules'][number]>[] = []): SeveritySettings {
  return {
    keywords: {
      critical: [...DEFAULT_KEYWORDS.critical],
      high: [...DEFAULT_KEYWORDS.high],
      medium: [...DEFAULT_KEYWORDS.medium],
      low: [...DEFAULT_KEYWORDS.low],
    },
    rules: rules.map((rule) => ({
      type: null,
      pointer: null,
      action: null,
      severity: 'low' as const,
      reason: 'own rule',
      ...rule,
    })),
  };
}
