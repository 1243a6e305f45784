import { z } from 'zod';
import { duration, impersonation, kubeName, name, repoGlob } from './option-leaf.ts';

/** What a stack's source can be; `auto` looks at what is in the folder. */
export const SOURCE_KINDS = ['directory', 'kustomize', 'helm', 'jsonnet'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

const texts = z.record(z.string().min(1), z.string());

/** Differences that do not count. Source: https://argo-cd.readthedocs.io/en/stable/user-guide/diffing/ */
export const ignoreRule = z
  .strictObject({
    group: z.string().default('').describe('API group, a glob; empty for the core group.'),
    kind: z.string().min(1).describe('Kind, a glob; "*" for all.'),
    name: z.string().min(1).optional().describe('Only of objects of this name.'),
    namespace: z.string().min(1).optional().describe('Only of objects in this namespace.'),
    json_pointers: z.array(z.string().startsWith('/')).default([]).describe('Fields, as JSON pointers.'),
    jq_path_expressions: z.array(z.string().min(1)).default([]).describe('Fields, as jq path expressions.'),
    managed_fields_managers: z
      .array(z.string().min(1))
      .default([])
      .describe('Field managers, all of whose fields do not count.'),
  })
  .refine(
    (rule) =>
      rule.json_pointers.length + rule.jq_path_expressions.length + rule.managed_fields_managers.length > 0,
    { error: 'names nothing to ignore: give json_pointers, jq_path_expressions or managed_fields_managers' },
  );

/** Health of a kind that has no rule of its own. */
export const healthRule = z
  .strictObject({
    group: z.string().default('').describe('API group; empty for the core group.'),
    kind: z.string().min(1).describe('Kind.'),
    current: z.string().min(1).optional().describe('CEL expression that is true of a healthy object.'),
    in_progress: z.string().min(1).optional().describe('CEL expression that is true while it gets there.'),
    failed: z.string().min(1).optional().describe('CEL expression that is true when it won’t get there.'),
    json_path: z.string().min(1).optional().describe('Instead of expressions: a field, as a JSON path …'),
    value: z
      .string()
      .optional()
      .describe('… and the value that it has in a healthy object; any value without it.'),
  })
  .refine(
    ({ current, in_progress, failed, json_path, value }) =>
      current === undefined
        ? json_path !== undefined && in_progress === undefined && failed === undefined
        : json_path === undefined && value === undefined,
    { error: 'needs either current, with in_progress and failed where wanted, or json_path, with a value' },
  );

const helmSchema = z
  .strictObject({
    chart: z
      .string()
      .regex(
        /^(?:oci:\/\/[^\s@/]+\/(?:[^\s@/]+\/)*)?[a-z0-9][a-z0-9._-]*$/,
        'must be the name of a chart in a Helm repository, or oci://registry/path/name without credentials',
      )
      .optional()
      .describe(
        'A chart of a Helm repository (its name), or of a registry (`oci://registry/path/name`), instead of one in the folder, which then holds the values files.',
      ),
    repo: z
      .url({ protocol: /^https?$/ })
      .refine((url) => !/^[a-z]+:\/\/[^/]*@/.test(url), { error: 'must not hold credentials' })
      .transform((url) => url.replace(/\/+$/, ''))
      .optional()
      .describe('Its repository, as an http or https URL without credentials.'),
    version: z
      .string()
      .regex(/^v?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$/, 'must be one version such as 1.2.3, not a range')
      .optional()
      .describe('Its version.'),
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits')
      .optional()
      .describe('Of a chart of a registry: the digest of its manifest, which must not be another one.'),
    plain_http: z.boolean().default(false).describe('Talks to the registry by HTTP, without TLS.'),
    release: kubeName
      .optional()
      .describe('Name of the release. Default: the stack’s name, else that of its folder.'),
    values: z
      .array(z.string().min(1))
      .default([])
      .describe('Values files in order, the last one wins; relative to the chart’s folder.'),
    set: texts.default({}).describe('Single values, by path (`image.tag`). Always texts; no secrets.'),
    include_crds: z.boolean().default(true).describe('Whether the chart’s crds/ are part of the stack.'),
    kube_version: z
      .string()
      .regex(/^v?\d+\.\d+(\.\d+)?/, 'must be a version such as 1.36.3')
      .optional()
      .describe('What the chart takes for the cluster’s version, instead of asking the cluster.'),
    api_versions: z
      .array(z.string().min(1))
      .default([])
      .describe('API versions that the chart takes for served besides the cluster’s own.'),
  })
  .refine(
    ({ chart, repo, version }) =>
      chart?.startsWith('oci://') === true
        ? repo === undefined && version !== undefined
        : new Set([chart, repo, version].map((each) => each === undefined)).size === 1,
    {
      error: 'chart, repo and version go together; a chart of a registry (oci://) has a version and no repo',
    },
  )
  .refine(
    ({ chart, digest, plain_http }) =>
      chart?.startsWith('oci://') === true || (digest === undefined && !plain_http),
    { error: 'digest and plain_http are for charts of a registry (oci://)' },
  );

const jsonnetSchema = z.strictObject({
  jpath: z
    .array(repoGlob)
    .default([])
    .describe('Library folders (-J), relative to the root; the last one wins.'),
  ext_vars: texts.default({}).describe('External variables, as texts. No secrets.'),
  ext_code: texts.default({}).describe('External variables, as Jsonnet.'),
  tlas: texts.default({}).describe('Top-level arguments, as texts. No secrets.'),
  tla_code: texts.default({}).describe('Top-level arguments, as Jsonnet.'),
});

/** What stacks of some folders are. */
export const stackSchema = z
  .strictObject({
    path: repoGlob.describe('Glob over folders: those that hold a source are stacks.'),
    name: name
      .optional()
      .describe(
        'Tells two stacks of one folder apart: the key becomes `path@name`. Only with a path that is no glob.',
      ),
    cluster: z
      .union([name, z.array(name).min(1)])
      .optional()
      .describe(
        'The cluster; with several, each has a stack of its own, `path@cluster`. Default: default_cluster.',
      ),
    namespace: kubeName.optional().describe('Namespace of objects that name none. Default: `default`.'),
    source: z
      .enum(['auto', ...SOURCE_KINDS])
      .default('auto')
      .describe(
        'What the folder holds. auto: kustomization.yaml, else Chart.yaml, else *.jsonnet, else manifests.',
      ),
    helm: helmSchema.optional().describe('How a chart is rendered.'),
    jsonnet: jsonnetSchema.optional().describe('How Jsonnet is evaluated.'),
    sync_options: z
      .array(z.string().regex(/^[A-Za-z]+=[A-Za-z]+$/, 'must be Option=value'))
      .default([])
      .describe('As Argo CD’s syncOptions, e.g. `CreateNamespace=true`.'),
    ignore_differences: z
      .array(ignoreRule)
      .default([])
      .describe('Differences of these stacks that do not count.'),
    health: z.array(healthRule).default([]).describe('Health of custom kinds.'),
    timeout: duration({ minMs: 1000, maxMs: 3_600_000 })
      .default('5m')
      .describe(
        'How long an apply waits for objects to be healthy or gone and for hooks to end, from `1s` to `1h`.',
      ),
    watch: z
      .boolean()
      .optional()
      .describe('Whether changes by hand are watched for. Default: that of all stacks.'),
    depends_on: z
      .array(z.string().min(1))
      .default([])
      .describe('Stacks of this repository that must be applied before: paths or keys.'),
    impersonate: impersonation.optional().describe('In whose name these stacks’ requests are made.'),
  })
  .refine(({ name, path }) => name === undefined || !/[*?{}[\]!()]/.test(path), {
    error: 'goes with a path that is one folder, not with a glob',
    path: ['name'],
  });

export type StackConfig = z.infer<typeof stackSchema>;
