import type { Driver } from '../driver.ts';
import { applyKubernetes } from './apply/apply.ts';
import { inPipelineWords } from './failures.ts';
import { discoverKubernetes } from './discover.ts';
import { kubernetesOptions } from './options.ts';
import { planManyKubernetes } from './plan-many.ts';
import { planKubernetes } from './plan.ts';
import { recoverKubernetes } from './recover.ts';
import { kubernetesSources } from './render/stack-sources.ts';
import { inspectKubernetes } from './tree/inspect.ts';
import { verifyKubernetes } from './verify.ts';
import { kubernetesWatch } from './watch/index.ts';

/** Manifests, Kustomize, Helm and Jsonnet on clusters. */
export const kubernetesDriver: Driver = {
  kind: 'kubernetes',
  options: kubernetesOptions,
  discover: discoverKubernetes,
  sources: kubernetesSources,
  plan: (context) => inPipelineWords(context, () => planKubernetes(context)),
  planMany: planManyKubernetes,
  apply: (context, digest) => inPipelineWords(context, () => applyKubernetes(context, digest)),
  recover: (context, attempt) => inPipelineWords(context, () => recoverKubernetes(context, attempt)),
  watch: kubernetesWatch,
  verify: (context) => inPipelineWords(context, () => verifyKubernetes(context)),
  inspect: (context, wanted) => inPipelineWords(context, () => inspectKubernetes(context, wanted)),
};
