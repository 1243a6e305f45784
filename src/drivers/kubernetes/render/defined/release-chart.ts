import { posix } from 'node:path';
import type { KubeObject } from '../../../../kube/object.ts';
import type { JsonValue } from '../../../../domain/json.ts';
import { repoPath } from '../../../work-tree-paths.ts';
import { fieldOf, listOf, textOf } from '../../definitions/definition-objects.ts';
import type { FluxSources } from '../../definitions/flux/sources.ts';
import type { StackDefinition } from '../../definitions/stack-definition.ts';
import type { RemoteChart } from '../../stack-options.ts';
import { sourceFault } from '../source-fault.ts';

/** A HelmRelease, the namespace that it stands in, and the definition whose stack holds it. */
export interface ReleasePlace {
  object: KubeObject;
  namespace: string;
  definition: StackDefinition;
}

/** A chart, and the values files that come with it. */
export interface ReleaseChart {
  /** The chart's folder; of one from elsewhere the root. */
  folder: string;
  chart: RemoteChart | null;
  /** Relative to the folder. */
  valuesFiles: string[];
}

/** Where the chart of a release is. @throws PlumblineError `config_invalid` when it can't be told, or is of another repository */
export function chartOfRelease(
  place: ReleasePlace,
  found: { sources: FluxSources; own: readonly KubeObject[] },
): ReleaseChart {
  const { object } = place;
  const reference = fieldOf(object, 'spec', 'chartRef');
  if (reference === undefined) return chartOfSpec(place, fieldOf(object, 'spec', 'chart', 'spec'), found);
  const kind = textOf(reference, 'kind') ?? '';
  const source = look(place, reference, found);
  if (kind === 'HelmChart') return chartOfSpec(place, fieldOf(source, 'spec'), found);
  const url = textOf(source, 'spec', 'url');
  if (kind !== 'OCIRepository' || url === undefined)
    throw fault(
      place,
      `its chartRef names a ${kind || 'source'} that can’t be used`,
      'Name an OCIRepository or a HelmChart.',
    );
  const ref = fieldOf(source, 'spec', 'ref');
  const version = textOf(ref, 'tag') ?? textOf(ref, 'semver') ?? '*';
  if (textOf(ref, 'digest') !== undefined)
    throw fault(
      place,
      'its OCIRepository is named by digest',
      'Name a tag: the digest is kept with what people agree with.',
    );
  const chart = { name: posix.basename(url), repo: posix.dirname(url), version };
  return { folder: '.', chart: remote(place, source, chart), valuesFiles: [] };
}

/** A chart from elsewhere, with what its source says of the connection. */
function remote(place: ReleasePlace, source: KubeObject, chart: RemoteChart): RemoteChart {
  if (/^[a-z]+:\/\/[^/]*@/.test(chart.repo))
    throw fault(
      place,
      `the URL of the ${source.kind} ${source.metadata.name} holds credentials`,
      'Remove them from Git.',
    );
  return fieldOf(source, 'spec', 'insecure') === true ? { ...chart, plainHttp: true } : chart;
}

function chartOfSpec(
  place: ReleasePlace,
  spec: JsonValue | undefined,
  found: { sources: FluxSources; own: readonly KubeObject[] },
): ReleaseChart {
  const chart = textOf(spec, 'chart');
  const reference = fieldOf(spec, 'sourceRef');
  if (chart === undefined || reference === undefined)
    throw fault(
      place,
      'it names no chart',
      'Give it spec.chart.spec with a chart and a sourceRef, or spec.chartRef.',
    );
  const files = listOf(spec, 'valuesFiles').filter((one) => typeof one === 'string');
  if (textOf(reference, 'kind') === 'HelmRepository') {
    const repository = look(place, reference, found);
    if (files.length > 0)
      throw fault(
        place,
        'its valuesFiles are files of a chart that is elsewhere',
        'Put the values into spec.values.',
      );
    const repo = textOf(repository, 'spec', 'url')!.replace(/\/+$/, '');
    const named = { name: chart, repo, version: textOf(spec, 'version') ?? '*' };
    return { folder: '.', chart: remote(place, repository, named), valuesFiles: [] };
  }
  const name = nameOf(place, reference);
  const owned = found.sources.own(name, place.definition.file);
  if (owned !== true)
    throw fault(
      place,
      `its chart is of ${owned}, not of this repository`,
      'Copy the chart into this repository, or take it from a Helm repository.',
    );
  const folder = repoPath(chart);
  if (folder === undefined) throw fault(place, 'its chart leads out of the repository', '');
  return {
    folder,
    chart: null,
    valuesFiles: files.map((file) => posix.relative(folder, repoPath(file) ?? file)),
  };
}

/** A source that a release names: of the stack itself, else of the repository. */
function look(
  place: ReleasePlace,
  reference: JsonValue,
  { sources, own }: { sources: FluxSources; own: readonly KubeObject[] },
): KubeObject {
  const name = nameOf(place, reference);
  const mine = own.find(
    ({ kind, metadata }) =>
      kind === name.kind &&
      metadata.name === name.name &&
      (metadata['namespace'] ?? name.namespace) === name.namespace,
  );
  const found = mine ?? sources.find(name, place.definition.file)?.object;
  if (found === undefined || (name.kind !== 'HelmChart' && textOf(found, 'spec', 'url') === undefined))
    throw fault(
      place,
      `the ${name.kind} ${name.namespace}/${name.name} that it names is not in the repository`,
      'Put it there.',
    );
  return found;
}

function nameOf(
  { namespace }: ReleasePlace,
  reference: JsonValue,
): { kind: string; namespace: string; name: string } {
  return {
    kind: textOf(reference, 'kind') ?? 'GitRepository',
    namespace: textOf(reference, 'namespace') ?? namespace,
    name: textOf(reference, 'name') ?? '',
  };
}

function fault({ definition }: ReleasePlace, summary: string, detail: string): Error {
  return sourceFault({ file: definition.path, line: null, summary, detail });
}
