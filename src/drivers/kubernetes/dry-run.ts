import type { JsonValue } from '../../domain/json.ts';
import type { PlanProblem } from '../../domain/plan.ts';
import type { KubeObject } from '../../kube/object.ts';
import { PlumblineError } from '../../util/errors.ts';
import { FIELD_MANAGER } from './labels.ts';
import { roleNeededBy } from './role-refs.ts';
import { hideSecrets } from './hide-secrets.ts';
import type { ApplyRules } from './order/annotations.ts';
import type { Session } from './session.ts';
import { placeOf, type Wanted } from './wanted.ts';

/** What an apply of one object would come to. */
export type Outcome =
  /** The object as the server would keep it. */
  | { kind: 'answer'; answer: KubeObject }
  /** The server can't be asked yet: what the object needs comes with the same apply. */
  | { kind: 'unasked' }
  /** The right to patch, or to create what is missing, was not given: the client has to compare. */
  | { kind: 'not_allowed' }
  /** Fields that can't be changed: it would have to be deleted and made anew. */
  | { kind: 'immutable'; fields: string[]; message: string }
  | { kind: 'problem'; problem: PlanProblem };

/** What the stack itself brings before its objects. */
export interface Brings {
  namespaces: ReadonlySet<string>;
  /** As `roleOfferedBy` calls them. */
  roles: ReadonlySet<string>;
}

/** Errors about one object, which say nothing about the others. */
const OF_ONE_OBJECT: ReadonlySet<string> = new Set([
  'kube_not_found',
  'kube_invalid',
  'kube_immutable',
  'kube_refused',
  'kube_quota',
  'kube_conflict',
  'kube_forbidden',
  'kube_unknown_kind',
]);

/** An object, and how it is written. */
export interface ToAsk {
  wanted: Wanted;
  rules: Pick<ApplyRules, 'replace'>;
}

/**
 * Asks the server what a server-side apply of each object would come to, or its replacement where that is how it is written;
 * nothing is changed. Fields of other managers are taken over in the answer: whose they are is the comparison's business. An
 * object that has moved since it was read is read again, so that `live` has what the answers are made of.
 * @throws PlumblineError when the cluster as a whole can't be asked
 */
export async function dryRunsOfNow(
  session: Session,
  objects: readonly ToAsk[],
  live: Map<string, KubeObject>,
  brings: Brings,
): Promise<Map<string, Outcome>> {
  const outcomes = await Promise.all(
    objects.map(async (asked): Promise<[string, Outcome]> => {
      const { address, id, type } = asked.wanted;
      const outcome = await dryRun(session, asked, live.get(address), brings);
      if (type === null || !hasMoved(outcome, live.get(address))) return [address, outcome];
      const now = await session.cluster.get(type, id, session.request);
      if (now === undefined) live.delete(address);
      else live.set(address, now);
      hideSecrets(session, now === undefined ? [] : [now]);
      return [address, await dryRun(session, asked, now, brings)];
    }),
  );
  return new Map(outcomes);
}

/** Whether an answer is made of another version of the object than the one that was read, or refused because of that. */
function hasMoved(outcome: Outcome, read: KubeObject | undefined): boolean {
  if (outcome.kind === 'problem') return outcome.problem.code === 'kube_conflict' && read !== undefined;
  if (outcome.kind !== 'answer') return false;
  return (versionOf(outcome.answer) ?? '') !== (versionOf(read) ?? '');
}

function versionOf(object: KubeObject | undefined): JsonValue | undefined {
  return object?.metadata['resourceVersion'];
}

async function dryRun(
  { cluster, request }: Session,
  { wanted, rules }: ToAsk,
  live: KubeObject | undefined,
  brings: Brings,
): Promise<Outcome> {
  const { type, object } = wanted;
  if (type === null) return { kind: 'unasked' };
  try {
    const options = { ...request, dryRun: true, fieldManager: FIELD_MANAGER, force: true };
    if (!rules.replace) return { kind: 'answer', answer: await cluster.apply(type, object, options) };
    if (live === undefined) return { kind: 'answer', answer: await cluster.create(type, object, options) };
    return { kind: 'answer', answer: await cluster.replace(type, over(object, live), options) };
  } catch (error) {
    if (!(error instanceof PlumblineError) || !OF_ONE_OBJECT.has(error.code)) throw error;
    if (error.code === 'kube_not_found' && live === undefined && isBrought(wanted, brings))
      return { kind: 'unasked' };
    if (error.code === 'kube_forbidden') return { kind: 'not_allowed' };
    if (error.code === 'kube_immutable')
      return { kind: 'immutable', fields: fieldsOf(error), message: error.message };
    return { kind: 'problem', problem: problemOf(wanted, error) };
  }
}

/** Whether what the object needs comes with the same stack. */
function isBrought(wanted: Wanted, { namespaces, roles }: Brings): boolean {
  const role = roleNeededBy(wanted);
  return namespaces.has(wanted.id.namespace) || (role !== null && roles.has(role));
}

/** Some kinds refuse to be replaced by an object that names no version. */
function over(object: KubeObject, live: KubeObject): KubeObject {
  const version = live.metadata['resourceVersion'];
  return version === undefined
    ? object
    : { ...object, metadata: { ...object.metadata, resourceVersion: version } };
}

/** An error about an object as a problem of the plan, with where the object stands in Git. */
export function problemOf(wanted: Pick<Wanted, 'address' | 'from'>, error: PlumblineError): PlanProblem {
  const place = placeOf(wanted.from);
  return {
    address: wanted.address,
    code: error.code,
    message: place === '' ? error.message : `${error.message} (${place})`,
  };
}

function fieldsOf({ details }: PlumblineError): string[] {
  const causes = details['causes'];
  if (!Array.isArray(causes)) return [];
  return causes.flatMap((cause: { field?: unknown }) =>
    typeof cause.field === 'string' ? [cause.field] : [],
  );
}
