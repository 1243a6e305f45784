import { z } from 'zod';
import { DEFINITION_TOOLS } from './definitions/stack-definition.ts';
import { layersSchema } from './layers/settings.ts';
import { healthRule, ignoreRule, stackSchema } from './stack-schema.ts';
import { duration, kubeName, impersonation, name } from './option-leaf.ts';

const clusterSchema = z.strictObject({
  name: name.describe('What stacks, plans and messages call the cluster.'),
  kubeconfig: z
    .string()
    .regex(/^\//, 'must be an absolute path of the worker')
    .optional()
    .describe('Absolute path on the worker. Without it: KUBECONFIG, else ~/.kube/config.'),
  context: z
    .string()
    .min(1)
    .optional()
    .describe('Context of the kubeconfig; its current one when not given.'),
  in_cluster: z
    .boolean()
    .default(false)
    .describe('Uses the account of the pod that the worker runs in, and no kubeconfig.'),
  timeout: duration({ minMs: 1000, maxMs: 600_000 })
    .default('30s')
    .describe('Longest time of one request, from `1s` to `10m`.'),
  max_in_flight: z
    .int()
    .min(1)
    .max(256)
    .default(16)
    .describe('How many requests may be on their way to this cluster at once.'),
  impersonate: impersonation
    .optional()
    .describe('In whose name requests are made, unless a stack names somebody else.'),
  repos: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      'Globs over the names of repositories whose stacks may be on it, whatever their definitions say; any when not given.',
    ),
  server: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'URL of its API server as `destination.server` of Argo CD’s Applications has it; nothing is connected to it.',
    ),
});

/** Options under `drivers.kubernetes`. Globs and paths are relative to the repository's root. */
export const kubernetesOptions = z
  .strictObject({
    clusters: z
      .array(clusterSchema)
      .default([])
      .describe('The clusters that stacks may be on. Without any, no Kubernetes stack is looked for.'),
    default_cluster: name
      .optional()
      .describe('The cluster of stacks that name none; may be left out when there is only one.'),
    namespace: kubeName
      .default('plumbline-system')
      .describe('Plumbline’s own namespace on each cluster, for its inventories.'),
    stacks: z
      .array(stackSchema)
      .default([])
      .describe('What is not the default, by folder: the first entry whose glob matches counts.'),
    ignore_differences: z
      .array(ignoreRule)
      .default([])
      .describe('Differences of all stacks that do not count, as Argo CD’s ignoreDifferences has them.'),
    health: z.array(healthRule).default([]).describe('Health of custom kinds, for all stacks.'),
    controllers: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Field managers whose fields are never drift, besides the known controllers; `*` stands for any characters.',
      ),
    watch: z
      .boolean()
      .default(false)
      .describe(
        'Whether stacks are watched that don’t say themselves: a change that somebody makes by hand is found within seconds, by a scan of just that stack.',
      ),
    allow_remote_bases: z
      .boolean()
      .default(false)
      .describe(
        'Lets kustomizations name remote bases and inflate Helm charts: what they bring is not of this repository’s commit.',
      ),
    definitions: z
      .array(z.enum(DEFINITION_TOOLS))
      .default([...DEFINITION_TOOLS])
      .describe(
        'Tools whose definitions of stacks are understood where they stand in a repository; empty: none.',
      ),
    definition_urls: z
      .array(z.string().min(1))
      .default([])
      .describe('URLs by which those definitions name this repository, besides its own `url`.'),
    layers: layersSchema
      .prefault({})
      .describe('The rules of a repository in layers (clusters, apps, infrastructure); see docs/layers.md.'),
  })
  .superRefine((options, context) => {
    const known = new Set<string>();
    for (const [index, { name: cluster, in_cluster, kubeconfig }] of options.clusters.entries()) {
      const path = ['clusters', index];
      if (known.has(cluster))
        context.addIssue({ code: 'custom', path, message: `there is another cluster "${cluster}"` });
      if (in_cluster && kubeconfig !== undefined)
        context.addIssue({ code: 'custom', path, message: 'either in_cluster or kubeconfig, not both' });
      known.add(cluster);
    }
    const check = (cluster: string, path: (string | number)[]) => {
      if (known.has(cluster)) return;
      const names = [...known].join(', ') || 'none';
      context.addIssue({
        code: 'custom',
        path,
        message: `there is no cluster "${cluster}"; the clusters are: ${names}`,
      });
    };
    if (options.default_cluster !== undefined) check(options.default_cluster, ['default_cluster']);
    for (const [index, { cluster }] of options.stacks.entries())
      for (const one of [cluster ?? []].flat()) check(one, ['stacks', index, 'cluster']);
  });

export type KubernetesConfig = z.infer<typeof kubernetesOptions>;
