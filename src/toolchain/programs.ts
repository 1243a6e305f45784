import {
  ETCD,
  HELM,
  JSONNET,
  KUBE_APISERVER,
  KUBE_CONTROLLER_MANAGER,
  KUBECTL,
  KUSTOMIZE,
  SOPS,
} from './kubernetes-programs.ts';
import type { Program } from './program.ts';

const TERRAFORM: Program = {
  name: 'terraform',
  binary: 'terraform',
  versionArgs: ['version', '-json'],
  accepts: null,
  unconstrained: 'newest',
  release: {
    kind: 'hashicorp',
    baseUrl: 'https://releases.hashicorp.com',
    archive: 'terraform_{version}_{os}_{arch}.zip',
    sums: 'terraform_{version}_SHA256SUMS',
    signature: 'terraform_{version}_SHA256SUMS.sig',
    unsignedPrereleases: false,
    key: 'hashicorp.asc',
  },
  recipe: {
    folder: 'terraform',
    module: 'github.com/hashicorp/terraform',
    package: 'github.com/hashicorp/terraform',
    ldflags: '-X github.com/hashicorp/terraform/version.dev=no',
  },
};

const OPENTOFU: Program = {
  name: 'opentofu',
  binary: 'tofu',
  versionArgs: ['version', '-json'],
  accepts: null,
  unconstrained: 'newest',
  release: {
    kind: 'github',
    baseUrl: 'https://github.com/opentofu/opentofu',
    archive: 'tofu_{version}_{os}_{arch}.zip',
    sums: 'tofu_{version}_SHA256SUMS',
    signature: 'tofu_{version}_SHA256SUMS.gpgsig',
    unsignedPrereleases: true,
    key: 'opentofu.asc',
  },
  recipe: {
    folder: 'opentofu',
    module: 'github.com/opentofu/opentofu',
    package: 'github.com/opentofu/opentofu/cmd/tofu',
    ldflags: '-X github.com/opentofu/opentofu/version.dev=no',
  },
};

const TERRAGRUNT: Program = {
  name: 'terragrunt',
  binary: 'terragrunt',
  versionArgs: ['--version'],
  accepts: null,
  unconstrained: 'newest',
  release: {
    kind: 'github',
    baseUrl: 'https://github.com/gruntwork-io/terragrunt',
    archive: 'terragrunt_{os}_{arch}',
    sums: 'SHA256SUMS',
    signature: null,
    unsignedPrereleases: false,
    key: null,
  },
  recipe: null,
};

const TEMPORAL: Program = {
  name: 'temporal',
  binary: 'temporal',
  versionArgs: ['--version'],
  accepts: '>= 1.1.0',
  unconstrained: 'pinned',
  release: {
    kind: 'github',
    baseUrl: 'https://github.com/temporalio/cli',
    archive: 'temporal_cli_{version}_{os}_{arch}.tar.gz',
    sums: 'checksums.txt',
    signature: null,
    unsignedPrereleases: false,
    key: null,
  },
  recipe: {
    folder: 'temporal',
    module: 'github.com/temporalio/cli',
    package: 'github.com/temporalio/cli/cmd/temporal',
    ldflags: '-X github.com/temporalio/cli/temporalcli.Version={version}',
  },
};

const VERSITYGW: Program = {
  name: 'versitygw',
  binary: 'versitygw',
  versionArgs: ['--version'],
  accepts: null,
  unconstrained: 'pinned',
  release: null,
  recipe: {
    folder: 'versitygw',
    module: 'github.com/versity/versitygw',
    package: 'github.com/versity/versitygw/cmd/versitygw',
    ldflags: '-X main.Version={version}',
  },
};

const GIT: Program = {
  name: 'git',
  binary: 'git',
  versionArgs: ['--version'],
  // GIT_CONFIG_COUNT, by which settings reach git and what it starts, came with 2.31.
  accepts: '>= 2.31',
  unconstrained: 'pinned',
  release: null,
  recipe: null,
};

const PROVIDER_LOCAL: Program = {
  name: 'terraform-provider-local',
  binary: 'terraform-provider-local',
  versionArgs: ['--version'],
  accepts: null,
  unconstrained: 'pinned',
  release: null,
  recipe: {
    folder: 'terraform-provider-local',
    module: 'github.com/terraform-providers/terraform-provider-local',
    package: 'github.com/terraform-providers/terraform-provider-local',
    ldflags: '',
  },
};

/** The programs that users see; what only tests and the demonstration need is known, but not listed. */
export const LISTED_PROGRAMS: readonly Program[] = [
  TERRAFORM,
  OPENTOFU,
  TERRAGRUNT,
  KUBECTL,
  HELM,
  JSONNET,
  SOPS,
  TEMPORAL,
  GIT,
];

const KNOWN_PROGRAMS: readonly Program[] = [
  ...LISTED_PROGRAMS,
  KUSTOMIZE,
  VERSITYGW,
  PROVIDER_LOCAL,
  ETCD,
  KUBE_APISERVER,
  KUBE_CONTROLLER_MANAGER,
];

const ALIASES: Readonly<Record<string, string>> = { tofu: 'opentofu' };

/** The program of a name; one that isn't known can still be found by setting and PATH. */
export function programOf(name: string): Program {
  const wanted = ALIASES[name] ?? name;
  const unknown: Program = {
    name,
    binary: name,
    versionArgs: ['--version'],
    accepts: null,
    unconstrained: 'pinned',
    release: null,
    recipe: null,
  };
  return KNOWN_PROGRAMS.find((program) => program.name === wanted) ?? unknown;
}
