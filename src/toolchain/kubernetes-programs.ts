import type { Program } from './program.ts';

/** dl.k8s.io keeps each program beside a file with its checksum, which is none of the layouts known here: it is built. */
export const KUBECTL: Program = {
  ...ofKubernetes('kubectl'),
  versionArgs: ['version', '--client', '-o', 'json'],
};

/** Its own releases stand on a server of another layout. Charts that ask for a version of Kubernetes are told that of its modules. */
export const HELM: Program = {
  name: 'helm',
  binary: 'helm',
  versionArgs: ['version', '--short'],
  accepts: '>= 3.8, < 4',
  unconstrained: 'pinned',
  release: null,
  recipe: {
    folder: 'helm',
    module: 'helm.sh/helm/v3',
    package: 'helm.sh/helm/v3/cmd/helm',
    ldflags: [
      '-X helm.sh/helm/v3/internal/version.version=v{version}',
      '-X helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1',
      '-X helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=37',
    ].join(' '),
  },
};

export const JSONNET: Program = {
  name: 'jsonnet',
  binary: 'jsonnet',
  versionArgs: ['--version'],
  accepts: null,
  unconstrained: 'pinned',
  release: null,
  recipe: {
    folder: 'jsonnet',
    module: 'github.com/google/go-jsonnet',
    package: 'github.com/google/go-jsonnet/cmd/jsonnet',
    ldflags: '',
  },
};

export const SOPS: Program = {
  name: 'sops',
  binary: 'sops',
  // Asking for the version must not ask GitHub for a newer one; documents by stdin came with 3.10.
  versionArgs: ['--version', '--disable-version-check'],
  accepts: '>= 3.10',
  unconstrained: 'pinned',
  release: {
    kind: 'github',
    baseUrl: 'https://github.com/getsops/sops',
    archive: 'sops-v{version}.{os}.{arch}',
    sums: 'sops-v{version}.checksums.txt',
    signature: null,
    unsignedPrereleases: false,
    key: null,
  },
  recipe: {
    folder: 'sops',
    module: 'github.com/getsops/sops/v3',
    package: 'github.com/getsops/sops/v3/cmd/sops',
    ldflags: '',
  },
};

/** Never built or downloaded: kubectl brings it along. */
export const KUSTOMIZE: Program = {
  name: 'kustomize',
  binary: 'kustomize',
  versionArgs: ['version'],
  accepts: '>= 5',
  unconstrained: 'pinned',
  release: null,
  recipe: null,
};

export const ETCD: Program = {
  name: 'etcd',
  binary: 'etcd',
  versionArgs: ['--version'],
  accepts: null,
  unconstrained: 'pinned',
  release: null,
  recipe: {
    folder: 'etcd',
    module: 'go.etcd.io/etcd/server/v3',
    package: 'go.etcd.io/etcd/server/v3',
    ldflags: '',
  },
};

export const KUBE_APISERVER = ofKubernetes('kube-apiserver');
export const KUBE_CONTROLLER_MANAGER = ofKubernetes('kube-controller-manager');

/** A server of Kubernetes; one recipe builds them all. */
function ofKubernetes(name: string): Program {
  return {
    name,
    binary: name,
    versionArgs: ['--version'],
    accepts: null,
    unconstrained: 'pinned',
    release: null,
    recipe: {
      folder: 'kubernetes',
      module: 'k8s.io/kubernetes',
      package: `k8s.io/kubernetes/cmd/${name}`,
      ldflags: '-X k8s.io/component-base/version.gitVersion=v{version}',
    },
  };
}
