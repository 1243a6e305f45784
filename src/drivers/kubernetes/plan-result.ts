import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { DriverPlan } from '../driver.ts';
import { asSent } from './as-sent.ts';
import { normalise } from './compare/normalise.ts';
import { pruneOrder } from './order/prune-order.ts';
import { planText } from './plan-text.ts';
import type { PlannedObject, PlannedStack } from './planned-stack.ts';
import { step, type Session } from './session.ts';
import { isRemoved } from './removed/removed-stack.ts';
import { declaredResources } from './tree/declared.ts';

/**
 * A plan as the pipeline takes it: changes masked, artifacts stored, the identity put together. Of a clean stack there is
 * nothing to store.
 */
export async function toDriverPlan(session: Session, planned: PlannedStack): Promise<DriverPlan> {
  const { context } = session;
  const changes = [...planned.objects, ...planned.prunes]
    .flatMap(({ change }) => (change === null ? [] : [change]))
    .toSorted((a, b) => (a.address < b.address ? -1 : 1));
  const isClean = changes.length === 0 && planned.problems.length === 0;
  const artifacts = isClean
    ? []
    : await step(session, 'save', async () => [
        await context.artifacts('plan_text', planText(changes, planned.problems)),
        await context.artifacts('plan_json', JSON.stringify({ changes, problems: planned.problems })),
      ]);
  const { toConfirm } = pruneOrder(planned.prunes, []);
  const { problems, warnings, inventory, prunes, objects, createsNamespace } = planned;
  return {
    changes,
    outputs: [],
    tool: { name: 'kubernetes', version: planned.cluster.version, source: session.cluster.name },
    durationsMs: session.durationsMs,
    warnings:
      createsNamespace === null
        ? warnings
        : [...warnings, `The namespace ${createsNamespace.metadata.name} is missing and will be made first.`],
    stateLock: null,
    artifacts,
    basis: {
      resources: Math.max(
        prunes.length,
        inventory?.entries.length ?? objects.filter(({ live }) => live !== null).length,
      ),
      // A stack that Git no longer has is to be left with nothing.
      emptied: prunes.length > 0 && objects.length === 0 && !isRemoved(session.context.stack),
      mockOutputs: false,
      ...(problems.length === 0 ? {} : { problems }),
      ...(toConfirm.length === 0 ? {} : { confirm: toConfirm }),
    },
    identity: identityOf(session, planned),
    resources: declaredResources(session, planned),
  };
}

/**
 * Everything that an approval of this plan is bound to: the cluster, what is wanted, what an apply would write, and what
 * stands there now. Versions of objects, times and status are left out. Holds secrets: it may only be hashed with a key.
 */
function identityOf({ context, stackId, stack }: Session, planned: PlannedStack): JsonValue {
  const { cluster, rendered, objects, prunes, problems, createsNamespace } = planned;
  return {
    v: 1,
    repo: context.repo,
    stack: { key: context.stack.key, path: context.stack.path, id: stackId },
    target: { uid: cluster.uid },
    tools: rendered.tools.map(({ name, version }) => ({ name, version })),
    sync_options: [...stack.syncOptions],
    ...chartsOf(rendered),
    wanted: objects.map(({ address, wanted: { object } }) => ({ address, object })),
    changes: [
      ...objects.flatMap((planned) => {
        const { address, change, live } = planned;
        if (change === null || change.action === 'none') return [];
        return [
          { address, action: change.action, live: liveOf(live), ...sentOf(planned) } satisfies JsonObject,
        ];
      }),
      ...prunes.map(({ address, object }) => ({ address, action: 'delete', live: liveOf(object) })),
    ].toSorted((a, b) => (a.address < b.address ? -1 : 1)),
    creates_namespace: createsNamespace?.metadata.name ?? null,
    problems: problems.map(({ address, code }) => ({ address, code })),
  };
}

/** Charts from elsewhere, each with the hash of its archive; nothing where there are none. */
function chartsOf({ sources }: PlannedStack['rendered']): JsonObject {
  const charts = Object.entries(sources).filter(([source]) => /^[a-z]+:\/\//.test(source));
  return charts.length === 0 ? {} : { charts: Object.fromEntries(charts) };
}

/** What is sent in place of what is wanted, where ignored fields stay as they are live. */
function sentOf({ wanted, live, rules, respected }: PlannedObject): JsonObject {
  return respected === null || live === null ? {} : { sent: asSent(respected, wanted.object, live, rules) };
}

function liveOf(object: KubeObject | null): JsonValue {
  return object === null ? null : normalise(object);
}
