import { z } from 'zod';
import { LAYER_RULE_IDS, type FindingSeverity, type LayerRule } from './finding.ts';

const folder = z.string().min(1);

/** `drivers.kubernetes.layers` of the config. */
export const layersSchema = z.strictObject({
  check: z
    .enum(['auto', 'always', 'never'])
    .default('auto')
    .describe(
      'Whether scans check a repository’s layers: `auto` where it has the three folders, `always` with an error where it has not.',
    ),
  clusters: folder
    .default('clusters')
    .describe('Folder of the clusters, below the one that holds all three layers.'),
  infrastructure: folder.default('infrastructure').describe('Folder of the infrastructure.'),
  apps: folder.default('apps').describe('Folder of the apps: `base/<app>` and `<environment>/<app>`.'),
  base: folder.default('base').describe('What the folder of the apps’ base is called.'),
  rules: z
    .partialRecord(z.enum(LAYER_RULE_IDS), z.enum(['off', 'warning', 'error']))
    .default({})
    .describe('What a rule’s findings are, where not the rule’s own severity.'),
  max_lines: z.int().min(50).default(500).describe('Lines that a file of manifests may have.'),
  similar_percent: z
    .int()
    .min(50)
    .max(100)
    .default(80)
    .describe('From so many percent of equal lines on, a manifest is a copy of another environment’s.'),
});

/** How a repository's layers are called and checked. */
export interface LayerSettings {
  check: 'auto' | 'always' | 'never';
  clusters: string;
  infrastructure: string;
  apps: string;
  base: string;
  rules: Readonly<Partial<Record<LayerRule, 'off' | FindingSeverity>>>;
  maxLines: number;
  similarPercent: number;
}

/** The settings of a config, with what is the default. @throws ZodError for what the schema refuses */
export function readLayerSettings(given: unknown = {}): LayerSettings {
  const { max_lines: maxLines, similar_percent: similarPercent, ...rest } = layersSchema.parse(given);
  return { ...rest, maxLines, similarPercent };
}
