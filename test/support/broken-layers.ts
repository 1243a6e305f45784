/** Files of examples/gitops (as the folder `gitops/` of a repository) that are otherwise: their text, a change to it, or gone. */
export type LayerFiles = Record<string, string | ((text: string) => string) | null>;

const HOMELAB = 'gitops/clusters/homelab';
export const manifestOf = (kind: string, name: string, namespace?: string, more = '') =>
  `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n${namespace === undefined ? '' : `  namespace: ${namespace}\n`}${more}`;
const kustomization = (...resources: string[]) =>
  `kind: Kustomization\nresources:\n${resources.map((one) => `  - ${one}\n`).join('')}`;
const flux = (name: string, path: string, more = '') =>
  `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: ${name}\n  namespace: flux-system\nspec:\n  path: ${path}\n${more}`;
const long = (lines: number, of = 'key') =>
  Array.from({ length: lines }, (_, at) => `  ${of}-${at}: "${at}"`).join('\n');

/** The rule, what is done to the example, and where it is found. */
export const BROKEN_LAYERS: readonly [string, LayerFiles, string[]][] = [
  [
    'a base that names infrastructure',
    {
      'gitops/apps/base/mqtt-input/kustomization.yaml': kustomization(
        'namespace.yaml',
        '../../../infrastructure/sources',
      ),
    },
    ['layer-direction gitops/apps/base/mqtt-input/kustomization.yaml:4'],
  ],
  [
    'a base that names another base',
    { 'gitops/apps/base/mqtt-input/kustomization.yaml': (text) => `${text}  - ../redpanda\n` },
    ['layer-direction gitops/apps/base/mqtt-input/kustomization.yaml:8'],
  ],
  [
    'an app that names another app',
    { 'gitops/apps/homelab/mqtt-input/kustomization.yaml': kustomization('../redpanda') },
    ['layer-direction gitops/apps/homelab/mqtt-input/kustomization.yaml:3'],
  ],
  [
    'infrastructure that names an app',
    {
      'gitops/infrastructure/sources/kustomization.yaml': (text) =>
        `${text}  - ../../apps/base/redpanda/service.yaml\n`,
    },
    ['layer-direction gitops/infrastructure/sources/kustomization.yaml:5'],
  ],
  [
    'an app that names a cluster',
    {
      'gitops/apps/homelab/redpanda/kustomization.yaml': (text) =>
        text.replace('resources:', 'resources:\n  - ../../../clusters/homelab/apps.yaml'),
    },
    ['layer-direction gitops/apps/homelab/redpanda/kustomization.yaml:4'],
  ],
  [
    'an overlay of another cluster’s overlay',
    { 'gitops/apps/local/redpanda/kustomization.yaml': kustomization('../../homelab/redpanda') },
    ['cross-cluster gitops/apps/local/redpanda/kustomization.yaml:3'],
  ],
  [
    'a cluster that applies another cluster’s apps',
    { [`${HOMELAB}/apps.yaml`]: (text) => text.replace('apps/homelab/redpanda\n', 'apps/local/redpanda\n') },
    [`cross-cluster ${HOMELAB}/apps.yaml:8`],
  ],
  [
    'a cluster whose Kustomization waits for another cluster’s',
    {
      'gitops/clusters/local/apps.yaml': (text) => `${text}    - name: only-here\n`,
      [`${HOMELAB}/only.yaml`]: flux(
        'only-here',
        './gitops/apps/homelab',
        '  dependsOn:\n    - name: infrastructure-policies\n',
      ),
    },
    ['cross-cluster gitops/clusters/local/apps.yaml:80'],
  ],
  [
    'a path that is not there',
    { [`${HOMELAB}/apps.yaml`]: (text) => text.replace('homelab/redpanda\n', 'homelab/gone\n') },
    [`missing-path ${HOMELAB}/apps.yaml:8`],
  ],
  [
    'a dependency that is not there',
    { [`${HOMELAB}/apps.yaml`]: (text) => `${text}    - name: kafka\n` },
    [`missing-path ${HOMELAB}/apps.yaml:80`],
  ],
  [
    'an app that waits for nothing',
    {
      [`${HOMELAB}/apps.yaml`]: (text) =>
        text.replace(/homelab\/monitoring[^-]*?sourceRef[\s\S]*?dependsOn:\n.*\n/, (part) =>
          part.replace(/ {2}dependsOn:\n.*\n/, ''),
        ),
    },
    [`infrastructure-first ${HOMELAB}/apps.yaml:16`],
  ],
  [
    'a part of infrastructure that no app waits for',
    {
      [`${HOMELAB}/infrastructure.yaml`]: (text) =>
        text.replace(/ {2}dependsOn:\n {4}- name: infrastructure-controllers\n/, ''),
    },
    [1, 16, 31, 46, 65].map((line) => `infrastructure-first ${HOMELAB}/apps.yaml:${line}`),
  ],
  [
    'infrastructure that is ready before its workloads',
    {
      [`${HOMELAB}/infrastructure.yaml`]: (text) => text.replace(/ {2}healthChecks:[\s\S]*?\n---/, '---'),
    },
    [`infrastructure-wait ${HOMELAB}/infrastructure.yaml:14`],
  ],
  [
    'a Kustomization outside of the clusters',
    { 'gitops/apps/homelab/sync.yaml': flux('sync', './gitops/apps/homelab/redpanda') },
    ['cluster-kustomizations gitops/apps/homelab/sync.yaml:1'],
  ],
  [
    'a cluster that applies nothing',
    { 'gitops/clusters/staging/notes.yaml': 'about: nothing yet\n' },
    ['cluster-kustomizations gitops/clusters/staging/notes.yaml:1'],
  ],
  [
    'two Kustomizations of one name, and of one path',
    {
      [`${HOMELAB}/more.yaml`]: `${flux('redpanda', './gitops/apps/homelab', '  dependsOn: [{ name: infrastructure-policies }]\n')}---\n${flux('again', './gitops/apps/homelab/redpanda', '  dependsOn: [{ name: infrastructure-policies }]\n')}`,
    },
    [`cluster-kustomizations ${HOMELAB}/more.yaml:1`, `cluster-kustomizations ${HOMELAB}/more.yaml:16`],
  ],
  [
    'a workload in the folder of a cluster',
    { [`${HOMELAB}/job.yaml`]: manifestOf('Service', 'shop', 'shop') },
    [`cluster-manifests ${HOMELAB}/job.yaml:1`],
  ],
  [
    'an app that does not declare its namespace',
    {
      'gitops/apps/base/mqtt-input/kustomization.yaml': (text) => text.replace('  - namespace.yaml\n', ''),
    },
    ['app-namespace gitops/apps/base/mqtt-input/kustomization.yaml:3'],
  ],
  [
    'an app in another app’s namespace',
    {
      'gitops/apps/homelab/redpanda-sink/kustomization.yaml': (text) =>
        `${text}\nnamespace: redpanda\n`.replace(
          '  - ../../base/redpanda-sink\n',
          '  - ../../base/redpanda-sink/deployment.yaml\n',
        ),
    },
    ['app-namespace gitops/apps/homelab/redpanda-sink/kustomization.yaml:9'],
  ],
  [
    'an app that brings what is the whole cluster’s',
    {
      'gitops/apps/homelab/redpanda/kustomization.yaml': (text) =>
        text.replace('resources:', 'resources:\n  - role.yaml'),
      'gitops/apps/homelab/redpanda/role.yaml':
        '# Not the app’s.\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: wide }\n',
    },
    ['app-in-infrastructure gitops/apps/homelab/redpanda/role.yaml:2'],
  ],
  [
    'an app that puts something into a namespace of infrastructure',
    {
      'gitops/apps/homelab/redpanda/kustomization.yaml': (text) =>
        text.replace('resources:', 'resources:\n  - stray.yaml'),
      'gitops/apps/homelab/redpanda/stray.yaml': manifestOf('ConfigMap', 'stray', 'sealed-secrets'),
    },
    ['app-in-infrastructure gitops/apps/homelab/redpanda/stray.yaml:1'],
  ],
  [
    'a controller in an app’s namespace',
    {
      'gitops/infrastructure/controllers/sealed-secrets/deployment.yaml': (text) =>
        text.replace('namespace: sealed-secrets', 'namespace: redpanda'),
    },
    ['controller-scope gitops/infrastructure/controllers/sealed-secrets/deployment.yaml:1'],
  ],
  [
    'a Secret that anybody can read',
    {
      'gitops/apps/homelab/mqtt-input/secret.yaml': `${manifestOf('ConfigMap', 'a')}---\n${manifestOf('Secret', 'b', undefined, 'stringData:\n  password: hunter2\n')}`,
    },
    ['not-encrypted gitops/apps/homelab/mqtt-input/secret.yaml:6'],
  ],
  [
    'a generator of a Secret',
    {
      'gitops/apps/homelab/mqtt-input/kustomization.yaml': (text) =>
        `${text}secretGenerator:\n  - name: login\n    literals:\n      - password=hunter2\n    envs:\n      - login.env\n`,
      'gitops/apps/homelab/mqtt-input/login.env': 'PASSWORD=hunter2\n',
    },
    [
      'not-encrypted gitops/apps/homelab/mqtt-input/kustomization.yaml:11',
      'not-encrypted gitops/apps/homelab/mqtt-input/kustomization.yaml:13',
    ],
  ],
  [
    'CI that applies, and a script that it calls',
    {
      '.github/workflows/deploy.yml':
        'jobs:\n  deploy:\n    steps:\n      - run: |\n          # kubectl apply -f later\n          kubectl diff -f k8s\n          kubectl --context prod \\\n            apply -k gitops\n      - run: ./ops/roll.sh\n      - run: make release\n',
      'ops/roll.sh':
        '#!/bin/sh\necho "kubectl delete is next"\nhelm -n web upgrade --install web charts/web\n',
      'ops/unused.sh': 'kubectl delete namespace web\n',
      Makefile:
        'test:\n\tkubectl create -f x --dry-run=client\nrelease: test\n\tkubectl rollout restart deploy/web\n',
    },
    [
      'imperative-apply .github/workflows/deploy.yml:7',
      'imperative-apply Makefile:4',
      'imperative-apply ops/roll.sh:3',
    ],
  ],
  [
    'a manifest that two environments have',
    {
      'gitops/apps/homelab/redpanda/limits.yaml': manifestOf(
        'ConfigMap',
        'limits',
        'redpanda',
        `data:\n${long(40)}\n`,
      ),
      'gitops/apps/local/redpanda/limits.yaml': manifestOf(
        'ConfigMap',
        'limits',
        'redpanda',
        `data:\n${long(38)}\n`,
      ),
    },
    ['copied-manifest gitops/apps/local/redpanda/limits.yaml:1'],
  ],
  [
    'a file that nobody reads to its end',
    {
      'gitops/infrastructure/policies/giant.yaml': manifestOf(
        'ConfigMap',
        'giant',
        undefined,
        `data:\n${long(600)}\n`,
      ),
    },
    ['giant-file gitops/infrastructure/policies/giant.yaml:501'],
  ],
];
