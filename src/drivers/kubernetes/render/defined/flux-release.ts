import { isJsonObject, type JsonObject } from '../../../../domain/json.ts';
import { groupVersion, type KubeObject } from '../../../../kube/object.ts';
import { PlumblineError } from '../../../../util/errors.ts';
import { fieldOf, listOf, textOf } from '../../definitions/definition-objects.ts';
import { definitionObjectsAt } from '../../definitions/defined-stacks.ts';
import { commonMetadata } from '../../definitions/flux/kustomization.ts';
import { fluxSources, type FluxSources } from '../../definitions/flux/sources.ts';
import type { StackDefinition } from '../../definitions/stack-definition.ts';
import type { WantedObject } from '../../rendered.ts';
import type { IgnoreDifferences } from '../../stack-options.ts';
import { templateChart } from '../helm.ts';
import { objectsOf } from '../manifest-objects.ts';
import type { RenderedFiles } from '../manifests.ts';
import { fromProgram, joined, withHooks, type Parts, type RenderHow } from '../render-source.ts';
import { sourceFault } from '../source-fault.ts';
import { readYamlDocuments } from '../yaml-documents.ts';
import { withCommon } from './flux-build.ts';
import { ignoredByRelease } from './ignored-by-release.ts';
import { buildOverlay } from './overlay.ts';
import type { OverlayPlace } from './overlay-fields.ts';
import { chartOfRelease } from './release-chart.ts';
import { releaseName, releaseWaves } from './release-facts.ts';
import { refusalOf, withoutDisabledHooks } from './release-limits.ts';
import { releaseValues } from './release-values.ts';

/** What the releases of a stack add to it. */
export interface Releases {
  released: RenderedFiles;
  ignoreDifferences: IgnoreDifferences[];
  /** A suspended release stays as it is: its objects aren't rendered, and nothing of the stack may be pruned for that. */
  keepsAll: string | null;
}

/**
 * The objects of a stack's HelmReleases, as `helm template` renders them. What is wrong with one of them is a problem, and the others
 * go on. Source: https://fluxcd.io/flux/components/helm/helmreleases/
 * @throws PlumblineError as `templateChart`, but for `config_invalid`
 */
export async function renderReleases(
  parts: Parts,
  how: RenderHow,
  definition: StackDefinition,
  stack: RenderedFiles,
): Promise<Releases> {
  const releases = stack.objects.filter(({ object }) => isRelease(object));
  const none: RenderedFiles = { objects: [], problems: [], warnings: [] };
  if (releases.length === 0) return { released: none, ignoreDifferences: [], keepsAll: null };
  const { objects, urls } = await definitionObjectsAt(parts.session.context, ['flux']);
  const sources = fluxSources(objects, urls);
  const { waves, warnings } = releaseWaves(releases.map(({ object }) => object));
  const made: RenderedFiles[] = [{ ...none, warnings }];
  const ignoreDifferences: IgnoreDifferences[] = [];
  const suspended = releases.filter(({ object }) => fieldOf(object, 'spec', 'suspend') === true);
  for (const release of releases.filter((one) => !suspended.includes(one))) {
    try {
      const use = { release, definition, sources, own: stack.objects.map(({ object }) => object) };
      const rendered = await renderRelease(parts, how, use);
      const wave = waves.get(release.object) ?? 0;
      made.push(wave === 0 ? rendered : inWave(rendered, wave));
      ignoreDifferences.push(...ignoredByRelease(release.object, rendered.objects));
    } catch (error) {
      if (!(error instanceof PlumblineError) || error.code !== 'config_invalid') throw error;
      const { file, line } = release.source ?? { file: definition.path, line: null };
      const message = `HelmRelease ${release.object.metadata.name}: ${error.message}`;
      made.push({ ...none, problems: [{ file, line, message }] });
    }
  }
  const names = suspended.map(({ object }) => object.metadata.name).join(', ');
  const keepsAll =
    suspended.length === 0
      ? null
      : `HelmRelease ${names} ${suspended.length > 1 ? 'are' : 'is'} suspended (spec.suspend): nothing of it is planned, and nothing of the stack is pruned meanwhile.`;
  return { released: joined(made), ignoreDifferences, keepsAll };
}

function isRelease({ apiVersion, kind }: KubeObject): boolean {
  return kind === 'HelmRelease' && groupVersion(apiVersion).group === 'helm.toolkit.fluxcd.io';
}

interface ReleaseUse {
  release: WantedObject;
  definition: StackDefinition;
  sources: FluxSources;
  own: readonly KubeObject[];
}

async function renderRelease(
  parts: Parts,
  how: RenderHow,
  { release, definition, sources, own }: ReleaseUse,
): Promise<RenderedFiles> {
  const { session, reader, decryption } = parts;
  const { object } = release;
  const ownNamespace = textOf(object, 'metadata', 'namespace') ?? how.namespace;
  const namespace = textOf(object, 'spec', 'targetNamespace') ?? ownNamespace;
  const where = { object, namespace: ownNamespace, definition };
  const place = release.source ?? { file: definition.file, line: definition.line };
  const refusal = refusalOf(object, {
    namespace: ownNamespace,
    definition: definition.impersonate?.user ?? null,
    isConfigured: how.options.impersonate !== null,
  });
  if (refusal !== undefined) throw sourceFault({ ...place, ...refusal });
  const { folder, chart, valuesFiles } = chartOfRelease(where, { sources, own });
  const inline = await releaseValues(parts, where, own);
  const { kubeVersion, apiVersions } = how;
  const made = await templateChart(session, reader, decryption, {
    folder,
    options: {
      chart,
      release: null,
      values: valuesFiles,
      set: {},
      includeCrds: textOf(object, 'spec', 'install', 'crds') !== 'Skip',
      skipMissing: fieldOf(object, 'spec', 'chart', 'spec', 'ignoreMissingValuesFiles') === true,
      kubeVersion: null,
      apiVersions: [],
      inline,
    },
    release: releaseName(object),
    namespace,
    ...(kubeVersion === undefined ? {} : { kubeVersion }),
    ...(apiVersions === undefined ? {} : { apiVersions }),
  });
  const plain = await fromProgram(decryption, folder, readYamlDocuments(made.text), made.warnings);
  const rendered = withHooks(await postRendered(parts, how, { object, folder, place }, plain));
  const objects: WantedObject[] = [];
  const kept = withoutDisabledHooks(rendered.objects, object);
  for (const wanted of withCommon(kept, commonMetadata(fieldOf(object, 'spec'))))
    objects.push(await inNamespace(wanted, namespace, how));
  return { ...rendered, objects };
}

/** What `postRenderers` make of a chart's objects, one after the other. */
async function postRendered(
  parts: Parts,
  how: RenderHow,
  { object, folder, place }: { object: KubeObject; folder: string; place: OverlayPlace },
  rendered: RenderedFiles,
): Promise<RenderedFiles> {
  let { objects } = rendered;
  for (const renderer of listOf(object, 'spec', 'postRenderers')) {
    const overlay = fieldOf(renderer, 'kustomize');
    if (!isJsonObject(overlay)) continue;
    const use = { folder, overlay, place, bases: [], objects: objects.map((one) => one.object) };
    const { documents } = await buildOverlay(parts, how, use);
    objects = objectsOf(documents, folder).objects.map((one) => ({
      object: one.object,
      source: null,
      hook: null,
    }));
  }
  return { ...rendered, objects };
}

async function inNamespace(wanted: WantedObject, namespace: string, how: RenderHow): Promise<WantedObject> {
  const { object } = wanted;
  const type = { ...groupVersion(object.apiVersion), kind: object.kind };
  const isBare = (object.metadata['namespace'] ?? '') === '';
  if (!isBare || (await how.isNamespaced?.(type)) !== true) return wanted;
  const metadata: JsonObject = { ...object.metadata, namespace };
  return { ...wanted, object: { ...object, metadata: { ...metadata, name: object.metadata.name } } };
}

function inWave(rendered: RenderedFiles, wave: number): RenderedFiles {
  return { ...rendered, objects: rendered.objects.map((wanted) => ({ ...wanted, wave })) };
}
