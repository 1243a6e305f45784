import { isJsonObject, type JsonValue } from '../../../domain/json.ts';
import { type KubeObject, metaTexts, objectAddress, objectId } from '../../../kube/object.ts';
import type { WantedObject } from '../rendered.ts';
import { commaList, helmHook, hookDeletePolicies, hookRules } from './hook-rules.ts';
import type { HookDeletePolicy, SyncPhase } from './phases.ts';
import { DEFAULT_SYNC_OPTIONS, parseSyncOptions, quoted, type SyncOptions } from './sync-options.ts';

/** How one object is applied, by what its stack and the object itself say. */
export interface ApplyRules extends SyncOptions {
  /** `web/Deployment.apps/shop` */
  address: string;
  /** In order; `['Sync']` for an ordinary object, none for one that no sync writes. */
  phases: readonly SyncPhase[];
  /** null: not a hook. Hooks are never compared and never pruned. */
  hook: { deletePolicies: readonly HookDeletePolicy[] } | null;
  /** Lower ones come first; 0 unless something is said. */
  wave: number;
  /**
   * How fields are taken over: `override` everything wanted (the default), `merge` without removing what others added,
   * `ifNotPresent` only creates, `ignore` never writes.
   */
  ssa: 'override' | 'merge' | 'ifNotPresent' | 'ignore';
  /** false: neither written nor pruned. */
  reconcile: boolean;
  /**
   * Where Git lacks the object, that is no change. Argo CD would still prune it; here what isn't shown isn't done either.
   */
  ignoreExtraneous: boolean;
  /** The object's health doesn't count for the stack's. */
  ignoreHealth: boolean;
}

/** Whose words count first: ours, then Argo CD's, then Flux's. */
const OURS = 'plumbline.dev';
const ARGO = 'argocd.argoproj.io';
const FLUX = 'kustomize.toolkit.fluxcd.io';

/** What one source says of an object, as far as it says anything. */
type Words = Partial<Omit<ApplyRules, 'address' | 'phases' | 'hook'>>;

/** An object's words by name, with the problems that were found on the way. */
interface Reading {
  annotations: Readonly<Record<string, string>>;
  labels: Readonly<Record<string, string>>;
  problems: string[];
}

/**
 * How an object is applied. Plumbline's annotations (the names of Argo CD and Flux under `plumbline.dev/`) win over Argo
 * CD's, those over Flux's and Helm's, those over the stack's sync options. What is not understood is left out and said in a
 * warning that begins with the object's address.
 *
 * Names and values: https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/,
 * https://argo-cd.readthedocs.io/en/stable/user-guide/compare-options/,
 * https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources (as labels, too).
 *
 * @param stack the stack's own options, as `parseSyncOptions` read them
 * @param namespace where the object stands if it names none
 */
export function applyRules(
  wanted: Pick<WantedObject, 'object' | 'hook' | 'wave'>,
  stack: Partial<SyncOptions> = {},
  namespace = '',
): { rules: ApplyRules; warnings: string[] } {
  const { object } = wanted;
  const address = objectAddress(objectId(object, namespace));
  const reading: Reading = {
    annotations: metaTexts(object, 'annotations'),
    labels: metaTexts(object, 'labels'),
    problems: untexted(object),
  };
  const helm = helmHook(wanted.hook, reading.annotations);
  const hook = hookRules([
    ...[OURS, ARGO].map((prefix) => listOf(reading, `${prefix}/hook`)),
    { source: 'Helm', names: helm.phases },
  ]);
  const policies = hookDeletePolicies([
    ...[OURS, ARGO].map((prefix) => listOf(reading, `${prefix}/hook-delete-policy`)),
    { source: 'Helm', names: helm.deletePolicies },
  ]);
  reading.problems.push(...hook.problems, ...(hook.isHook ? policies.problems : []));
  const words: Words[] = [
    { ...DEFAULT_SYNC_OPTIONS, ...UNSAID, wave: hook.isHook ? helm.weight : (wanted.wave ?? 0) },
    stack,
    helmWords(reading),
    fluxWords(reading, FLUX),
    argoWords(reading, ARGO),
    fluxWords(reading, OURS),
    argoWords(reading, OURS),
  ];
  const rules = {
    ...(Object.assign({}, ...words) as SyncOptions & typeof UNSAID & { wave: number }),
    address,
    phases: hook.phases,
    hook: hook.isHook ? { deletePolicies: policies.policies } : null,
  };
  return { rules, warnings: reading.problems.map((problem) => `${address}: ${problem}`) };
}

const UNSAID: Pick<ApplyRules, 'ssa' | 'reconcile' | 'ignoreExtraneous' | 'ignoreHealth'> = {
  ssa: 'override',
  reconcile: true,
  ignoreExtraneous: false,
  ignoreHealth: false,
};

/** Annotations of these prefixes that are no texts: the API server would refuse the object. */
function untexted(object: KubeObject): string[] {
  const annotations: JsonValue | undefined = object.metadata['annotations'];
  if (!isJsonObject(annotations)) return [];
  return Object.entries(annotations)
    .filter(([name, value]) => typeof value !== 'string' && prefixOf(name) !== undefined)
    .map(([name]) => `the annotation ${name} is no text and is left out: put its value in quotes`);
}

function prefixOf(name: string): string | undefined {
  return [OURS, ARGO, FLUX, 'helm.sh'].find((prefix) => name.startsWith(`${prefix}/`));
}

function listOf(reading: Reading, name: string): { source: string; names: string[] } {
  return { source: name, names: commaList(reading.annotations[name]) };
}

/** `helm.sh/resource-policy: keep`, which Argo CD honours as it stands. */
function helmWords({ annotations }: Reading): Words {
  return annotations['helm.sh/resource-policy'] === 'keep' ? { prune: 'no', delete: 'no' } : {};
}

function argoWords(reading: Reading, prefix: string): Words {
  const { annotations, problems } = reading;
  const name = `${prefix}/sync-options`;
  const parsed = parseSyncOptions(commaList(annotations[name]), 'object');
  problems.push(...parsed.problems.map((problem) => `${problem} (${name})`));
  return {
    ...parsed.options,
    ...waveWords(reading, `${prefix}/sync-wave`),
    ...compareWords(reading, `${prefix}/compare-options`),
    ...healthWords(reading, `${prefix}/ignore-healthcheck`),
  };
}

function waveWords({ annotations, problems }: Reading, name: string): Words {
  const text = annotations[name];
  if (text === undefined) return {};
  if (/^[+-]?\d{1,9}$/.test(text)) return { wave: Number(text) };
  problems.push(`the wave ${quoted(text)} of ${name} is no whole number and is left out`);
  return {};
}

/** `IncludeMutationWebhook` and `ServerSideDiff` are how Plumbline compares anyway, so they are known and change nothing. */
function compareWords({ annotations, problems }: Reading, name: string): Words {
  const words: Words = {};
  for (const option of commaList(annotations[name])) {
    if (option === 'IgnoreExtraneous') words.ignoreExtraneous = true;
    else if (!/^(IncludeMutationWebhook|ServerSideDiff)=(true|false)$/.test(option)) {
      problems.push(`the compare option ${quoted(option)} of ${name} is not known`);
    }
  }
  return words;
}

function healthWords({ annotations, problems }: Reading, name: string): Words {
  const text = annotations[name];
  if (text === undefined) return {};
  if (text === 'true' || text === 'false') return { ignoreHealth: text === 'true' };
  problems.push(`${name} is ${quoted(text)}; only true and false are understood`);
  return {};
}

const SSA_NAMES: ReadonlyMap<string, ApplyRules['ssa']> = new Map([
  ['override', 'override'],
  ['merge', 'merge'],
  ['ifnotpresent', 'ifNotPresent'],
  ['ignore', 'ignore'],
]);

/** Flux's words stand as annotations or as labels, in any case. */
function fluxWords(reading: Reading, prefix: string): Words {
  const words: Words = {};
  const prune = onOff(reading, `${prefix}/prune`);
  if (prune !== undefined) words.prune = prune ? 'yes' : 'no';
  const reconcile = onOff(reading, `${prefix}/reconcile`);
  if (reconcile !== undefined) words.reconcile = reconcile;
  const force = onOff(reading, `${prefix}/force`);
  if (force !== undefined) words.force = force;
  const name = `${prefix}/ssa`;
  const ssa = said(reading, name);
  if (ssa === undefined) return words;
  const mode = SSA_NAMES.get(ssa.toLowerCase());
  if (mode !== undefined) return { ...words, ssa: mode };
  reading.problems.push(`${name} is ${quoted(ssa)}; Override, Merge, IfNotPresent and Ignore are understood`);
  return words;
}

function onOff(reading: Reading, name: string): boolean | undefined {
  const text = said(reading, name)?.toLowerCase();
  if (text === undefined) return undefined;
  if (text === 'enabled' || text === 'disabled') return text === 'enabled';
  reading.problems.push(`${name} is ${quoted(text)}; only enabled and disabled are understood`);
  return undefined;
}

function said({ annotations, labels }: Reading, name: string): string | undefined {
  return annotations[name] ?? labels[name];
}
