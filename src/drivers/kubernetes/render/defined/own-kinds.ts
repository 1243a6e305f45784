import { groupVersion, metaTexts, type KubeObject } from '../../../../kube/object.ts';
import type { DefinitionTool } from '../../definitions/stack-definition.ts';
import type { RenderedFiles } from '../manifests.ts';

const FLUX_GROUP = /(?:^|\.)(?:toolkit\.fluxcd\.io|fluxcd\.controlplane\.io)$/;
const ARGO_KINDS = new Set(['Application', 'ApplicationSet', 'AppProject']);
/** These act, and nothing here acts in their place. */
const ACTING = /^(?:notification|image)\.toolkit\.fluxcd\.io$/;

/**
 * Objects without those that only Flux or Argo CD read: nobody is there to read them, since Plumbline does what they define. What
 * Flux itself consists of is left out, too: two managers of the same objects would undo each other's work.
 */
export function withoutOwnKinds(rendered: RenderedFiles, tool: DefinitionTool): RenderedFiles {
  const left = rendered.objects.filter(({ object }) => !isOwn(object, tool));
  const gone = rendered.objects.filter(({ object }) => isOwn(object, tool)).map(({ object }) => object);
  const acting = gone.filter(({ apiVersion }) => ACTING.test(groupVersion(apiVersion).group));
  const controllers = gone.filter((object) => metaTexts(object, 'labels')[PART_OF] === 'flux');
  return {
    ...rendered,
    objects: left,
    warnings: [
      ...rendered.warnings,
      ...(acting.length === 0
        ? []
        : [
            `${named(acting)} ${acting.length > 1 ? 'are' : 'is'} Flux’s own and not applied: without its controllers nothing acts on ${acting.length > 1 ? 'them' : 'it'}.`,
          ]),
      ...(controllers.length === 0
        ? []
        : [
            `Flux’s own controllers (${controllers.length} objects) are left out: where Flux runs beside Plumbline, two managers apply the same objects.`,
          ]),
    ],
  };
}

const PART_OF = 'app.kubernetes.io/part-of';

function isOwn(object: KubeObject, tool: DefinitionTool): boolean {
  const { group } = groupVersion(object.apiVersion);
  if (tool === 'argo_cd') return group === 'argoproj.io' && ARGO_KINDS.has(object.kind);
  if (FLUX_GROUP.test(group)) return true;
  if (object.kind === 'CustomResourceDefinition') return FLUX_GROUP.test(object.metadata.name);
  return metaTexts(object, 'labels')[PART_OF] === 'flux';
}

function named(objects: readonly KubeObject[]): string {
  const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}
