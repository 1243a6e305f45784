import type { PlanProblem } from '../../domain/plan.ts';
import { metaTexts, objectAddress, withAnnotations, type KubeObject } from '../../kube/object.ts';
import type { Comparison } from './compare/to-change.ts';
import type { Comparer } from './comparer.ts';
import { dryRunsOfNow, type Outcome } from './dry-run.ts';
import type { Inventory } from './inventory.ts';
import { RECORD_ANNOTATIONS } from './labels.ts';
import { asSent } from './as-sent.ts';
import type { LiveObjects } from './live.ts';
import type { ApplyRules } from './order/annotations.ts';
import { checkOwnership } from './ownership.ts';
import { roleOfferedBy } from './role-refs.ts';
import type { Session } from './session.ts';
import { placeOf, type Wanted } from './wanted.ts';

/** What the comparison of Git and live came to. */
export interface Compared {
  /** By address; what is clean is left out. */
  changes: Map<string, Comparison>;
  problems: PlanProblem[];
  warnings: string[];
}

/** An object of Git, and how it is applied. */
export interface Ruled {
  wanted: Wanted;
  rules: ApplyRules;
}

/** Compares objects with what is live, by dry runs; `live` then has what these have found. */
export async function compareObjects(
  session: Session,
  ruled: readonly Ruled[],
  known: { live: Map<string, KubeObject>; inventory: Inventory | undefined; comparer: Comparer },
): Promise<Compared> {
  const { live, inventory, comparer } = known;
  const { problems, warnings } = await checkOwnership(
    session,
    ruled.map(({ wanted }) => wanted),
    live,
  );
  const refused = new Set(problems.map(({ address }) => address));
  const asked = ruled.filter(({ wanted }) => !refused.has(wanted.address)).map((one) => recorded(one, live));
  const namespaces = namespacesOf(session, asked);
  const roles = new Set(asked.flatMap(({ wanted }) => roleOfferedBy(wanted) ?? []));
  const sent = asked.map((one) => respecting(one, live, comparer));
  const outcomes = await dryRunsOfNow(session, sent, live, { namespaces, roles });
  const entries = new Map((inventory?.entries ?? []).map((entry) => [objectAddress(entry.id), entry]));
  const changes = new Map<string, Comparison>();
  warnings.push(...comparedInClient(outcomes));
  for (const { wanted, rules } of asked) {
    const { address } = wanted;
    const outcome = outcomes.get(address)!;
    const problem = problemOfOutcome(outcome, wanted, rules);
    if (problem !== null) problems.push(problem);
    else {
      const last = entries.get(address) ?? null;
      const found = comparer.compare({ wanted, live: live.get(address) ?? null, outcome, last });
      warnings.push(...found.problems.map((fault) => `${address}: ${fault}`));
      if (found.change !== null) changes.set(address, found);
    }
  }
  return { changes, problems, warnings };
}

/** With what the last apply noted on the object: it moves only together with something else. */
function recorded({ wanted, rules }: Ruled, live: LiveObjects): Ruled {
  const object = live.get(wanted.address);
  if (object === undefined) return { wanted, rules };
  const noted = Object.entries(metaTexts(object, 'annotations')).filter(([name]) =>
    (RECORD_ANNOTATIONS as readonly string[]).includes(name),
  );
  if (noted.length === 0) return { wanted, rules };
  return { wanted: { ...wanted, object: withAnnotations(wanted.object, Object.fromEntries(noted)) }, rules };
}

/** As it is sent where its ignored fields stay as they are live. */
function respecting({ wanted, rules }: Ruled, live: LiveObjects, { ignore }: Comparer): Ruled {
  const now = live.get(wanted.address);
  if (now === undefined || !rules.respectIgnoreDifferences) return { wanted, rules };
  return { wanted: { ...wanted, object: asSent(ignore, wanted.object, now, rules) }, rules };
}

function namespacesOf({ stack, defaultNamespace }: Session, ruled: readonly Ruled[]): Set<string> {
  const brought = ruled
    .filter(({ wanted: { id } }) => id.group === '' && id.kind === 'Namespace')
    .map(({ wanted: { id } }) => id.name);
  const creates = ruled.some(({ rules }) => rules.createNamespace);
  return new Set([...brought, ...(creates ? [stack.namespace ?? defaultNamespace] : [])]);
}

/** Says once for how many objects the server may not be asked. */
function comparedInClient(outcomes: ReadonlyMap<string, Outcome>): string[] {
  const [first, ...others] = [...outcomes].filter(([, { kind }]) => kind === 'not_allowed');
  if (first === undefined) return [];
  const which = others.length === 0 ? first[0] : `${first[0]} and ${others.length} more`;
  return [
    `The right to patch or create is missing for ${which}: compared in the client, which knows neither the server's defaults nor its admission.`,
  ];
}

function problemOfOutcome(outcome: Outcome, wanted: Wanted, { force }: ApplyRules): PlanProblem | null {
  if (outcome.kind === 'problem') return outcome.problem;
  if (outcome.kind !== 'immutable' || force) return null;
  const place = placeOf(wanted.from);
  return {
    address: wanted.address,
    code: 'kube_immutable',
    message: `${outcome.message} It would have to be deleted and made anew: say so with plumbline.dev/sync-options: Force=true${place === '' ? '' : ` (${place})`}.`,
  };
}
