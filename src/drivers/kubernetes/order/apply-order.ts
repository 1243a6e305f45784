import { objectAddress } from '../../../kube/object.ts';
import type { ApplyRules } from './annotations.ts';
import { compareTexts, isCrd, kindRank, type Step, stepOf, STEPS } from './kind-order.ts';
import { needsOf, offerOf, type Placed } from './needs.ts';
import { SYNC_PHASES, type SyncPhase } from './phases.ts';

/** An object that is to be written. */
export interface Orderable extends Placed {
  rules: Pick<ApplyRules, 'phases' | 'wave' | 'hook'>;
}

/** Objects that may be written at the same time. */
export interface ApplyStage<T> {
  phase: SyncPhase;
  wave: number;
  step: Step;
  /** By kind, then name. */
  objects: T[];
  /** How long to wait before it, in ms: the pause between two waves, 0 within one. */
  delayMs: number;
  /**
   * What has to be before the next stage (or, for the last one, before the sync has succeeded): `established`: the stage's
   * CRDs are served; `healthy`: all objects of this wave are healthy and its hooks have succeeded; `hooks`: only its hooks.
   */
  waitFor: 'nothing' | 'established' | 'healthy' | 'hooks';
  /** The objects that are waited for: those of earlier stages of the wave, too. */
  awaited: T[];
}

/** All stages of a sync. */
export interface ApplyOrder<T> {
  /** PreSync, Sync and PostSync. */
  stages: ApplyStage<T>[];
  /** SyncFail: run when one of the others failed, and only then. */
  onFailure: ApplyStage<T>[];
}

/** Argo CD's pause between two waves, for controllers to take notice (`ARGOCD_SYNC_WAVE_DELAY`). */
const WAVE_DELAY_MS = 2000;

/**
 * The order in which a sync writes objects: phase, wave, kind, name, as Argo CD documents it
 * (https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/), and within a wave first what defines things for others,
 * as Flux does. The same for any order of the input. An object with several phases stands in each of them; one without
 * phases stands in none.
 *
 * A namespace or CRD that others of the stack need is written before the first of them, whatever its own phase and wave say:
 * Argo CD moves it to the place of that first user (`adjustDeps` of its sync engine), since nothing else could work. It never
 * moves a user to a later wave.
 *
 * Waiting is Argo CD's, too: for health between waves, for hooks always, and not for the health of the last wave (which
 * verification looks at anyway).
 */
export function applyOrder<T extends Orderable>(objects: readonly T[]): ApplyOrder<T> {
  const entries = placeProviders(objects.flatMap(entriesOf)).toSorted(compareEntries);
  const stages = stagesOf(entries.filter(({ phase }) => phase !== 'SyncFail'));
  const onFailure = stagesOf(entries.filter(({ phase }) => phase === 'SyncFail'));
  return { stages, onFailure };
}

interface Entry<T> {
  item: T;
  phase: SyncPhase;
  wave: number;
}

function entriesOf<T extends Orderable>(item: T): Entry<T>[] {
  return item.rules.phases.map((phase) => ({ item, phase, wave: item.rules.wave }));
}

/** Brings the first entry of each namespace and CRD to its first user's phase and wave where that is earlier. */
function placeProviders<T extends Orderable>(entries: readonly Entry<T>[]): Entry<T>[] {
  const firstUse = new Map<string, Entry<T>>();
  for (const entry of entries) {
    for (const need of needsOf(entry.item)) {
      const known = firstUse.get(need);
      if (known === undefined || comparePlaces(entry, known) < 0) firstUse.set(need, entry);
    }
  }
  const seen = new Set<T>();
  return entries.map((entry) => {
    const isFirst = !seen.has(entry.item);
    seen.add(entry.item);
    const offer = offerOf(entry.item);
    const use = offer === null ? undefined : firstUse.get(offer);
    if (!isFirst || use === undefined || comparePlaces(use, entry) >= 0) return entry;
    return { item: entry.item, phase: use.phase, wave: use.wave };
  });
}

function stagesOf<T extends Orderable>(entries: readonly Entry<T>[]): ApplyStage<T>[] {
  const stages: ApplyStage<T>[] = [];
  let previous: Entry<T> | undefined;
  for (const entry of entries) {
    const newWave = previous === undefined || comparePlaces(previous, entry) !== 0;
    if (newWave || stageRank(previous!) !== stageRank(entry)) {
      const { phase, wave } = entry;
      const delayMs = newWave && previous !== undefined ? WAVE_DELAY_MS : 0;
      stages.push({
        phase,
        wave,
        step: stepOf(entry.item.id),
        objects: [],
        delayMs,
        waitFor: 'nothing',
        awaited: [],
      });
    }
    stages.at(-1)!.objects.push(entry.item);
    previous = entry;
  }
  return stages.map((stage, index) => ({ ...stage, ...waitOf(stages, index) }));
}

function waitOf<T extends Orderable>(
  stages: readonly ApplyStage<T>[],
  index: number,
): Pick<ApplyStage<T>, 'waitFor' | 'awaited'> {
  const stage = stages[index]!;
  const next = stages[index + 1];
  if (next !== undefined && comparePlaces(stage, next) === 0) {
    const definitions = stage.objects.filter(({ id }) => isCrd(id));
    return { waitFor: definitions.length === 0 ? 'nothing' : 'established', awaited: definitions };
  }
  const wave = stages.filter((other) => comparePlaces(other, stage) === 0).flatMap(({ objects }) => objects);
  if (next !== undefined) return { waitFor: 'healthy', awaited: wave };
  const hooks = wave.filter(({ rules }) => rules.hook !== null);
  return { waitFor: hooks.length === 0 ? 'nothing' : 'hooks', awaited: hooks };
}

function comparePlaces(a: { phase: SyncPhase; wave: number }, b: { phase: SyncPhase; wave: number }): number {
  return SYNC_PHASES.indexOf(a.phase) - SYNC_PHASES.indexOf(b.phase) || a.wave - b.wave;
}

/** Within a wave: definitions and classes each at once, everything else kind by kind. */
function stageRank<T extends Orderable>({ item }: Entry<T>): number {
  const step = stepOf(item.id);
  return step === 'objects' ? STEPS.length + kindRank(item.id.kind) : STEPS.indexOf(step);
}

function compareEntries<T extends Orderable>(a: Entry<T>, b: Entry<T>): number {
  return (
    comparePlaces(a, b) ||
    stageRank(a) - stageRank(b) ||
    kindRank(a.item.id.kind) - kindRank(b.item.id.kind) ||
    compareTexts(a.item.id.name, b.item.id.name) ||
    compareTexts(objectAddress(a.item.id), objectAddress(b.item.id))
  );
}
