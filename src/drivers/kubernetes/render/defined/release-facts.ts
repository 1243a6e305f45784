import { createHash } from 'node:crypto';
import type { KubeObject } from '../../../../kube/object.ts';
import { listOf, textOf } from '../../definitions/definition-objects.ts';

/** Helm takes no longer ones. */
const MAX_NAME = 53;
const HASH_LENGTH = 12;

/** The name that Flux gives a release: its own, else `[targetNamespace-]name`, cut with a hash where it is too long. */
export function releaseName(object: KubeObject): string {
  const given = textOf(object, 'spec', 'releaseName');
  if (given !== undefined) return given;
  const target = textOf(object, 'spec', 'targetNamespace');
  const name = target === undefined ? object.metadata.name : `${target}-${object.metadata.name}`;
  if (name.length <= MAX_NAME) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
  return `${name.slice(0, MAX_NAME - HASH_LENGTH - 1)}-${hash}`;
}

/**
 * The waves in which the releases of one stack are applied, by their `dependsOn`: each after all that it needs. Needs of other
 * stacks are named in a warning, since there the Kustomizations' own order counts.
 */
export function releaseWaves(releases: readonly KubeObject[]): {
  waves: Map<KubeObject, number>;
  warnings: string[];
} {
  const namespaceOf = (object: KubeObject) => textOf(object, 'metadata', 'namespace') ?? '';
  const byName = new Map(releases.map((one) => [`${namespaceOf(one)}/${one.metadata.name}`, one]));
  const waves = new Map<KubeObject, number>();
  const warnings = new Set<string>();
  const waveOf = (object: KubeObject, path: readonly KubeObject[]): number => {
    const known = waves.get(object);
    if (known !== undefined) return known;
    const names = [...path, object].map((one) => one.metadata.name);
    if (path.includes(object)) {
      warnings.add(
        `The dependsOn of HelmReleases goes round in a circle (${names.join(', ')}) and is left out.`,
      );
      return 0;
    }
    const before = listOf(object, 'spec', 'dependsOn').flatMap((need) => {
      const name = textOf(need, 'name');
      if (name === undefined) return [];
      const key = `${textOf(need, 'namespace') ?? namespaceOf(object)}/${name}`;
      const needed = byName.get(key);
      if (needed !== undefined) return [waveOf(needed, [...path, object]) + 1];
      warnings.add(
        `HelmRelease ${object.metadata.name} depends on ${key}, which is of another stack: there the dependsOn of their Kustomizations counts.`,
      );
      return [];
    });
    const wave = Math.max(0, ...before);
    waves.set(object, wave);
    return wave;
  };
  for (const release of releases) waveOf(release, []);
  return { waves, warnings: [...warnings] };
}
