import type { RawChange } from '../change.ts';
import { matchesGlob } from '../glob.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { parsePointer } from '../json-pointer.ts';
import { attributeRule } from './attributes.ts';
import type { Severity } from '../change.ts';

/** A value that is dangerous in itself, where it was found. */
interface Leaf {
  path: readonly string[];
  value: JsonValue;
}

interface ValueRule {
  /** Tested on the name of the attribute. */
  key: RegExp;
  test: (value: JsonValue) => boolean;
  severity: Severity;
  reason: string;
}

const isTrue = (value: JsonValue): boolean => value === true;
const isFalse = (value: JsonValue): boolean => value === false;

const VALUE_RULES: readonly ValueRule[] = [
  {
    key: /^(acl|predefined_acl)$/,
    test: (value) => typeof value === 'string' && /^(public-|authenticated-read|publicRead)/.test(value),
    severity: 'critical',
    reason: 'storage is public',
  },
  {
    key: /^container_access_type$/,
    test: (value) => value === 'blob' || value === 'container',
    severity: 'critical',
    reason: 'storage is public',
  },
  {
    key: /^(block_public_acls|block_public_policy|ignore_public_acls|restrict_public_buckets)$/,
    test: isFalse,
    severity: 'critical',
    reason: 'public access is not blocked',
  },
  {
    key: /^(allow_nested_items_to_be_public|allow_blob_public_access)$/,
    test: isTrue,
    severity: 'critical',
    reason: 'storage may be public',
  },
  { key: /^publicly_accessible$/, test: isTrue, severity: 'critical', reason: 'reachable from the internet' },
  {
    key: /^(members?|entity)$/,
    test: (value) => value === 'allUsers' || value === 'allAuthenticatedUsers',
    severity: 'critical',
    reason: 'open to everyone',
  },
  {
    key: /^(privileged|host_network|host_pid|host_ipc|hostNetwork|hostPID|hostIPC|allow_privilege_escalation|allowPrivilegeEscalation)$/,
    test: isTrue,
    severity: 'critical',
    reason: 'container with rights on its host',
  },
  {
    key: /^(storage_encrypted|encrypted|at_rest_encryption_enabled|transit_encryption_enabled)$/,
    test: isFalse,
    severity: 'high',
    reason: 'encryption is off',
  },
];

/** Types whose address ranges say who may come in. */
const FIREWALLS = [
  '*security_group*',
  '*secgroup*',
  '*firewall*',
  'azurerm_network_security_*',
  'NetworkPolicy',
  'kubernetes_network_policy*',
];
const OUTBOUND = /egress|outbound|destination/i;

/**
 * What makes a change dangerous by its values, on the side of live or of Git: a firewall open to the internet, a public
 * bucket, rights on the host. Only values that the change is about are looked at; removing the resource is no exposure.
 */
export function exposure(change: RawChange): { severity: Severity; reason: string } | null {
  const gone =
    change.action === 'delete' || change.action === 'forget' || change.drift?.actions.includes('delete');
  if (gone) return null;
  const leaves = changedLeaves(change);
  if (isFirewall(change) && leaves.some((leaf) => isOpenRange(leaf))) {
    return { severity: 'critical', reason: 'open to the internet' };
  }
  for (const rule of VALUE_RULES) {
    const hit = leaves.some((leaf) => rule.key.test(lastName(leaf.path)) && rule.test(leaf.value));
    if (hit) return { severity: rule.severity, reason: rule.reason };
  }
  return null;
}

function changedLeaves(change: RawChange): Leaf[] {
  const sources: Leaf[] =
    change.action === 'create' || change.attributes.length === 0
      ? [{ path: [], value: change.after }]
      : change.attributes
          .filter((attribute) => attributeRule(attribute.pointer)?.severity !== 'low')
          .flatMap((attribute) =>
            [attribute.before, attribute.after].map((value) => ({
              path: parsePointer(attribute.pointer),
              value,
            })),
          );
  return sources.flatMap((source) => leavesOf(source));
}

function leavesOf({ path, value }: Leaf): Leaf[] {
  if (Array.isArray(value))
    return value.flatMap((item, index) => leavesOf({ path: [...path, String(index)], value: item }));
  if (!isJsonObject(value)) return [{ path, value }];
  return Object.entries(value).flatMap(([key, member]) => leavesOf({ path: [...path, key], value: member }));
}

/** A firewall whose own words don't say that it is about what goes out, or that it denies. */
function isFirewall(change: RawChange): boolean {
  if (!FIREWALLS.some((pattern) => matchesGlob(pattern, change.kind)) || change.kind.includes('egress'))
    return false;
  const sides: JsonObject[] = [change.after, change.before].filter(isJsonObject);
  const says = (keys: readonly string[], words: RegExp): boolean =>
    sides.some((side) => keys.some((key) => typeof side[key] === 'string' && words.test(side[key])));
  if (says(['type', 'direction'], /^(egress|outbound)$/i) || says(['access', 'action'], /^(deny|block)$/i))
    return false;
  return !sides.some((side) => hasItems(side.deny) && !hasItems(side.allow));
}

function hasItems(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.length > 0;
}

function isOpenRange({ path, value }: Leaf): boolean {
  if (typeof value !== 'string' || path.some((step) => OUTBOUND.test(step))) return false;
  if (value === '0.0.0.0/0' || value === '::/0') return true;
  return /^source_address_prefix(es)?$/.test(lastName(path)) && /^(\*|internet|any)$/i.test(value);
}

/** The last step that isn't a position in a list. */
function lastName(path: readonly string[]): string {
  return path.findLast((step) => !/^\d+$/.test(step)) ?? '';
}
