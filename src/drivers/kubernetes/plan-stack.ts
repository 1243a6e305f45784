import type { PlanProblem } from '../../domain/plan.ts';
import { objectAddress, type KubeObject } from '../../kube/object.ts';
import { compareObjects, type Ruled } from './compare-objects.ts';
import { createComparer } from './comparer.ts';
import { problemOf } from './dry-run.ts';
import { withDueHooks } from './due-hooks.ts';
import { hideSecrets } from './hide-secrets.ts';
import type { Sought } from './live.ts';
import { applyRules } from './order/annotations.ts';
import { isCompared } from './order/hooks.ts';
import { createdNamespace } from './order/created-namespace.ts';
import { parseSyncOptions, type SyncOptions } from './order/sync-options.ts';
import { otherManagers } from './other-managers.ts';
import type { PlannedObject, PlannedStack } from './planned-stack.ts';
import { plannedPrunes } from './prunes.ts';
import { isRemoved } from './removed/removed-stack.ts';
import { renderRemoved } from './removed/render-removed.ts';
import { render } from './render/index.ts';
import type { Rendered } from './rendered.ts';
import { step, type Session } from './session.ts';
import { namespacedIn, wantedObjects, type Wanted } from './wanted.ts';

const UNCHANGED = { change: null, extra: [], controlled: [] };

/**
 * Finds out what an apply of a stack would do: reads and dry runs only, so that nothing is changed. What can't be planned is
 * a problem, and hides nothing of the rest.
 * @param source what is wanted; without it: what the stack's folder says
 * @throws PlumblineError as `render`, and when the cluster as a whole can't be asked
 */
export async function planStack(
  session: Session,
  source: () => Promise<Rendered> = () => renderStack(session),
): Promise<PlannedStack> {
  const [rendered, inventory, cluster] = await Promise.all([
    step(session, 'render', source),
    step(session, 'inventory', () => session.reads.inventory()),
    session.reads.facts(),
  ]);
  const { objects: wanted, problems } = await wantedObjects(session, rendered);
  const { options, problems: optionProblems } = parseSyncOptions(session.stack.syncOptions, 'stack');
  const { ruled, warnings: ofRules } = withRules(wanted, options);
  const warnings = [...rendered.warnings, ...optionProblems, ...ofRules];
  const candidates = ruled.filter(({ rules }) => isCompared(rules));
  const known = new Set(wanted.map(({ address }) => address));
  const gone = (inventory?.entries ?? []).filter(({ id }) => !known.has(objectAddress(id)));
  const { live, unread, said } = await step(session, 'read', () => readCandidates(session, candidates));
  hideSecrets(session, [...wanted.map(({ object }) => object), ...live.values()]);
  const isUnread = new Set(unread.map(({ address }) => address));
  const compared = candidates.filter(
    ({ wanted: { address }, rules }) => isCompared(rules, live.has(address)) && !isUnread.has(address),
  );
  const createsNamespace = await missingNamespace(session, options, wanted);
  const comparer = createComparer(session, rendered);
  const found = await step(session, 'compare', () =>
    compareObjects(session, compared, { live, inventory, comparer }),
  );
  const pruned = await step(session, 'prune', () =>
    plannedPrunes(session, gone, {
      stack: options,
      comparer,
      partial: rendered.problems.length + problems.length > 0,
      keepsAll: rendered.keepsAll ?? null,
      claimed: rendered.claimed,
    }),
  );
  warnings.push(...said, ...found.warnings, ...pruned.warnings, ...comparer.unmatched());
  const objects = ruled.map(({ wanted: one, rules }): PlannedObject => {
    const { id, address, object } = one;
    const { change, extra, controlled } = found.changes.get(address) ?? UNCHANGED;
    const respected = rules.respectIgnoreDifferences ? comparer.ignore : null;
    const now = { live: live.get(address) ?? null, change, extra, controlled, respected };
    return { id, address, object, wanted: one, rules, ...now };
  });
  const all = [...problemsOfSource(rendered), ...problems, ...unread, ...found.problems, ...pruned.problems];
  return {
    rendered,
    objects: withDueHooks(objects, { inventory, prunes: pruned.prunes, comparer }),
    prunes: pruned.prunes,
    left: pruned.left,
    inventory,
    createsNamespace,
    problems: all.map((problem) => ({ ...problem, message: session.redact(problem.message) })),
    warnings: warnings.map(session.redact),
    cluster,
  };
}

/** What is wanted, with the rules that the stack and the object itself give it. */
function withRules(
  wanted: readonly Wanted[],
  options: Partial<SyncOptions>,
): { ruled: Ruled[]; warnings: string[] } {
  const read = wanted.map((one) => {
    const { rules, warnings } = applyRules({ ...one.from, object: one.object }, options);
    return { wanted: one, rules, warnings };
  });
  return { ruled: read, warnings: read.flatMap(({ warnings }) => warnings) };
}

/** Documents of the source that are no objects. */
function problemsOfSource({ problems }: Rendered): PlanProblem[] {
  return problems.map(({ file, line, message }) => ({
    address: line === null ? file : `${file}:${line}`,
    code: 'config_invalid',
    message,
  }));
}

/** What is live of objects; one that may not be read is a problem, and the others are read. */
async function readCandidates(
  { reads }: Session,
  candidates: readonly Ruled[],
): Promise<{ live: Map<string, KubeObject>; unread: PlanProblem[]; said: string[] }> {
  const sought = candidates.flatMap(({ wanted: { id, type } }): Sought[] =>
    type === null ? [] : [{ id, type }],
  );
  const byAddress = new Map(candidates.map(({ wanted }) => [wanted.address, wanted]));
  const unread: PlanProblem[] = [];
  const live = await reads.live(sought, (address, error) =>
    unread.push(problemOf(byAddress.get(address)!, error)),
  );
  return { live: new Map(live), unread, said: otherManagers(live.values()) };
}

/** The namespace that `CreateNamespace=true` asks for and that is missing. */
async function missingNamespace(
  session: Session,
  { createNamespace }: Partial<SyncOptions>,
  wanted: readonly Wanted[],
): Promise<KubeObject | null> {
  const name = session.stack.namespace ?? session.defaultNamespace;
  const object = createNamespace
    ? createdNamespace(
        name,
        wanted.map((one) => one.object),
        session.stack.definition?.namespaceMetadata ?? {},
      )
    : null;
  return object === null || (await session.reads.hasNamespace(name)) ? null : object;
}

/** The objects that the stack’s source wants; what is secret of them is hidden from now on. */
export async function renderStack(session: Session): Promise<Rendered> {
  const { stack, options, context, defaultNamespace } = session;
  if (isRemoved(context.stack)) return await renderRemoved(session, renderStack);
  const rendered = await render(context, {
    options: stack,
    allowRemoteBases: options.allowRemoteBases,
    namespace: stack.namespace ?? defaultNamespace,
    isNamespaced: (type) => namespacedIn(session, type),
  });
  for (const secret of rendered.secrets) session.hide(secret);
  return rendered;
}
