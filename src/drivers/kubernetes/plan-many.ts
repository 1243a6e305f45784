import type { ManyStacks, PlanBatch } from '../driver.ts';
import { inPipelineWords } from './failures.ts';
import { stackId } from './labels.ts';
import { toDriverPlan } from './plan-result.ts';
import { planStack } from './plan-stack.ts';
import { planKubernetes } from './plan.ts';
import { openSession } from './session.ts';
import { createSharedReads } from './shared-reads.ts';
import { readKubernetesOptions, type KubernetesOptions } from './stack-options.ts';

/** Plans many stacks; see `Driver.planMany`. One alone reads what it needs itself. */
export function planManyKubernetes({ repo, stacks, signal }: ManyStacks): PlanBatch {
  if (stacks.length < 2)
    return { plan: (context) => inPipelineWords(context, () => planKubernetes(context)) };
  const shared = createSharedReads(
    stacks.map(({ key }) => stackId(repo, key)),
    signal,
  );
  const optionsOf = readOnce(readKubernetesOptions);
  return {
    plan: (context) =>
      inPipelineWords(context, async () => {
        const session = await openSession(context, optionsOf(context.options));
        const { cluster, request, options } = session;
        const reads = shared.of({ cluster, request, namespace: options.namespace }, session.stackId);
        const sharing = { ...session, reads };
        return await toDriverPlan(sharing, await planStack(sharing));
      }),
  };
}

/** Reads the same options once: those of a thousand stacks have a thousand entries. */
function readOnce(read: (options: unknown) => KubernetesOptions): (options: unknown) => KubernetesOptions {
  const known = new Map<unknown, KubernetesOptions>();
  return (from) => {
    const options = known.get(from) ?? read(from);
    known.set(from, options);
    return options;
  };
}
