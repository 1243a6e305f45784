import { groupVersion } from '../../../../kube/object.ts';
import { textOf, type DefinitionObject } from '../definition-objects.ts';
import { gitUrl, isOwnUrl } from '../own-urls.ts';

/** What `flux bootstrap` calls the repository that it writes itself into. */
const BOOTSTRAP = 'flux-system';

/** How a source of Flux is named. */
export interface SourceName {
  kind: string;
  namespace: string;
  name: string;
}

/** Sources of Flux in a repository. */
export interface FluxSources {
  /** The source of this name; of several (one for each cluster), the one that stands closest to a file. */
  find(name: SourceName, near: string): DefinitionObject | undefined;
  /** Whether a source is this very repository, or else what it is, for people. */
  own(name: SourceName, near: string): true | string;
}

/** Finds sources among a repository's objects. @param own URLs of this repository, as `gitUrl` makes them; none: not known */
export function fluxSources(objects: readonly DefinitionObject[], own: readonly string[]): FluxSources {
  const sources = objects.filter(
    ({ object }) => groupVersion(object.apiVersion).group === 'source.toolkit.fluxcd.io',
  );
  const find: FluxSources['find'] = ({ kind, namespace, name }, near) =>
    sources
      .filter(
        ({ object }) =>
          object.kind === kind &&
          object.metadata.name === name &&
          (textOf(object, 'metadata', 'namespace') ?? namespace) === namespace,
      )
      .toSorted((a, b) => commonPath(b.file, near) - commonPath(a.file, near))[0];
  return {
    find,
    own: (name, near) => {
      const said = `the ${name.kind} ${name.namespace}/${name.name}`;
      if (name.kind !== 'GitRepository') return said;
      if (name.name === BOOTSTRAP) return true;
      const url = textOf(find(name, near)?.object, 'spec', 'url');
      if (url === undefined) return `${said}, which the repository does not define`;
      // Where nobody knows the repository's URL, a folder of that name has to do: whoever asks looks for it.
      return isOwnUrl(url, own) === false ? `${said} (${gitUrl(url)})` : true;
    },
  };
}

/** How many folders two paths share from the root on. */
export function commonPath(a: string, b: string): number {
  const [left, right] = [a.split('/'), b.split('/')];
  const at = left.findIndex((part, index) => part !== right[index]);
  return at < 0 ? left.length : at;
}
