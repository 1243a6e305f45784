import type { Driver } from '../driver.ts';
import { applyKubernetes } from './apply/apply.ts';
import { inPipelineWords } from './failures.ts';
import { discoverKubernetes } from './discover.ts';
import { kubernetesOptions } from './options.ts';
import { planManyKubernetes } from './plan-many.ts';
import { planKubernetes } from './plan.ts';
import { recoverKubernetes } from './recover.ts';
import { findRemoved } from './removed/find-removed.ts';
import { kubernetesSources } from './render/stack-sources.ts';
import { inspectKubernetes } from './tree/inspect.ts';
import { backupKubernetes, planRestoreKubernetes, restoreKubernetes } from './restore/restore.ts';
import { undoKubernetes } from './undo/undo.ts';
import { planUndoKubernetes } from './undo/undo-plan.ts';
import { verifyKubernetes } from './verify.ts';
import { kubernetesWatch } from './watch/index.ts';

/** Manifests, Kustomize, Helm and Jsonnet on clusters. */
export const kubernetesDriver: Driver = {
  kind: 'kubernetes',
  options: kubernetesOptions,
  discover: discoverKubernetes,
  removed: findRemoved,
  sources: kubernetesSources,
  plan: (context) => inPipelineWords(context, () => planKubernetes(context)),
  planMany: planManyKubernetes,
  apply: (context, digest) => inPipelineWords(context, () => applyKubernetes(context, digest)),
  recover: (context, attempt) => inPipelineWords(context, () => recoverKubernetes(context, attempt)),
  watch: kubernetesWatch,
  backup: (context) => inPipelineWords(context, () => backupKubernetes(context)),
  planRestore: (context, saved) => inPipelineWords(context, () => planRestoreKubernetes(context, saved)),
  restore: (context, saved, digest) =>
    inPipelineWords(context, () => restoreKubernetes(context, saved, digest)),
  planUndo: (context, target) => inPipelineWords(context, () => planUndoKubernetes(context, target)),
  undo: (context, target, digest) => inPipelineWords(context, () => undoKubernetes(context, target, digest)),
  verify: (context) => inPipelineWords(context, () => verifyKubernetes(context)),
  inspect: (context, wanted) => inPipelineWords(context, () => inspectKubernetes(context, wanted)),
};
