/**
 * The architecture as rules. Each folder under src/ may import what its row lists and nothing else;
 * docs/architecture.md explains the picture. There is no list of tolerated violations.
 */
const folders = [
  'domain',
  'util',
  'config',
  'toolchain',
  'git',
  'kube',
  'store',
  'temporal',
  'drivers',
  'mirror',
  'activities',
  'workflows',
  'workers',
  'api',
  'local',
  'cli',
];

const mayImport = {
  domain: {
    allow: ['domain'],
    because: 'it says what the words mean: pure functions that everything else can rely on',
  },
  util: { allow: ['util'], because: 'it is small and knows nothing of the domain' },
  config: {
    allow: ['config', 'domain', 'util'],
    because: 'driver schemas are handed to it, so that a driver is one folder',
  },
  toolchain: {
    allow: ['toolchain', 'domain', 'util'],
    because: 'it finds programs and knows nothing of who runs them',
  },
  git: { allow: ['git', 'domain', 'util'], because: 'it serves drivers and mirror alike' },
  kube: { allow: ['kube', 'domain', 'util'], because: 'it serves drivers and mirror alike' },
  store: { allow: ['store', 'domain', 'util'], because: 'it keeps what others decided' },
  temporal: {
    allow: ['temporal', 'domain', 'util'],
    because: 'it is what the API, the workers and the CLI ask of Temporal in one way, and serves all three',
  },
  drivers: {
    allow: ['drivers', 'domain', 'util', 'git', 'kube'],
    because: 'everything but the tool itself belongs to the pipeline',
  },
  mirror: { allow: ['mirror', 'domain', 'util', 'git', 'kube'], because: 'it stands beside the drivers' },
  activities: {
    allow: ['activities', 'domain', 'drivers', 'git', 'kube', 'mirror', 'store', 'util'],
    because: 'activities receive what they need; composing is the work of workers/',
  },
  workflows: {
    allow: ['workflows', 'domain'],
    because: 'workflow code is replayed and must be deterministic',
  },
  workers: {
    allow: folders.filter((folder) => !['api', 'cli'].includes(folder)),
    because: 'it is the composition root of the Temporal side',
  },
  local: {
    allow: folders.filter((folder) => !['api', 'cli'].includes(folder)),
    because: 'it composes drivers for the CLI without a server',
  },
  api: {
    allow: ['api', 'domain', 'store', 'temporal', 'config', 'util'],
    because: 'it reads the store and starts workflows by name',
  },
  cli: {
    allow: folders,
    because: 'up, serve and worker compose everything; the import rules of single commands follow below',
  },
};

const folderRules = folders.map((folder) => ({
  name: `${folder}-imports`,
  severity: 'error',
  comment: `src/${folder} may import ${mayImport[folder].allow.join(', ')}: ${mayImport[folder].because}.`,
  from: { path: `^src/${folder}/`, pathNot: '\\.test\\.ts$' },
  to: {
    path: '^(src|web|test|bench|scripts)/',
    pathNot: `^src/(${mayImport[folder].allow.join('|')})/`,
    // Types cost nothing at run time; activities' interfaces and inputs are how the two sides agree.
    ...(['workflows', 'activities', 'api', 'temporal'].includes(folder)
      ? { dependencyTypesNot: ['type-only'] }
      : {}),
  },
}));

module.exports = {
  forbidden: [
    ...folderRules,
    {
      name: 'drivers-apart',
      severity: 'error',
      comment: 'A driver is one folder: what several need stands beside the folders, in src/drivers itself.',
      from: { path: '^src/drivers/([^/]+)/', pathNot: '^src/drivers/(opentofu|terragrunt)/' },
      to: { path: '^src/drivers/[^/]+/', pathNot: '^src/drivers/$1/' },
    },
    {
      name: 'terraform-is-a-core',
      severity: 'error',
      comment: 'OpenTofu and Terragrunt are built on what Terraform’s folder does, and on no other driver.',
      from: { path: '^src/drivers/(opentofu|terragrunt)/' },
      to: { path: '^src/drivers/[^/]+/', pathNot: '^src/drivers/($1|terraform)/' },
    },
    {
      name: 'workflow-types-only',
      severity: 'error',
      comment: 'Workflows and the API know each other, and the activities, by their types only.',
      from: { path: '^src/(workflows|api)/', pathNot: '\\.test\\.ts$' },
      to: {
        path: '^src/',
        pathNot: '^src/(workflows|api|domain|store|temporal|config|util|activities)/',
      },
    },
    {
      name: 'activity-types',
      severity: 'error',
      comment:
        'Activities know workflows by the types of their inputs, and nothing else beyond what they may import.',
      from: { path: '^src/activities/', pathNot: '\\.test\\.ts$' },
      to: {
        path: '^src/',
        pathNot: `^src/(${mayImport.activities.allow.join('|')})/|^src/workflows/[a-z-]*inputs\\.ts$`,
      },
    },
    {
      name: 'temporal-types',
      severity: 'error',
      comment: 'What is asked of Temporal knows workflows by the types of their inputs, and nothing else.',
      from: { path: '^src/temporal/', pathNot: '\\.test\\.ts$' },
      to: {
        path: '^src/',
        pathNot: `^src/(${mayImport.temporal.allow.join('|')})/|^src/workflows/[a-z-]*inputs\\.ts$`,
      },
    },
    {
      name: 'workflow-packages',
      severity: 'error',
      comment: 'Workflow code runs in a sandbox and is replayed: only the workflow packages of Temporal.',
      from: { path: '^src/workflows/', pathNot: '\\.test\\.ts$' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'core'],
        pathNot: 'node_modules/@temporalio/(workflow|common)/',
      },
    },
    {
      name: 'domain-is-pure',
      severity: 'error',
      comment: 'The domain has no I/O, no clock and no Temporal: only small pure packages and hashing.',
      from: { path: '^src/domain/', pathNot: '\\.test\\.ts$' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'core'],
        pathNot: '^(node:)?crypto$|node_modules/(semver|picomatch|croner|@types/(semver|picomatch))/',
      },
    },
    {
      name: 'cli-over-http',
      severity: 'error',
      comment: 'Commands talk to a running Plumbline over HTTP; only up, serve, worker and demo compose it.',
      from: { path: '^src/cli/', pathNot: '^src/cli/(processes/|.*\\.test\\.ts$)' },
      to: {
        path: '^src/(workers|api|activities|workflows|drivers|git|kube|mirror|store|temporal)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'web-types-only',
      severity: 'error',
      comment: 'The UI knows the server by the types of its answers.',
      from: { path: '^web/' },
      to: { path: '^src/', pathNot: '^src/api/schemas/' },
    },
    {
      name: 'web-no-values',
      severity: 'error',
      comment:
        'A schema that the UI imports as a value would be shipped to browsers with all that it imports.',
      from: { path: '^web/' },
      to: { path: '^src/api/schemas/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'A circle means that two files are one idea, or that a third one is missing.',
      from: { path: '^(src|web)/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'not-to-test',
      severity: 'error',
      comment: 'The product never imports its tests.',
      from: { path: '^(src|web)/', pathNot: '\\.test\\.tsx?$' },
      to: { path: '^test/|\\.test\\.tsx?$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node'] },
  },
};
