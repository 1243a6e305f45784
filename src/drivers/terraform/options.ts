import { z } from 'zod';

/**
 * Options that Terraform's and OpenTofu's drivers share, under `drivers.terraform` and `drivers.opentofu`.
 * Globs are over folders relative to the repository's root.
 */
export const terraformOptionsShape = {
  workspaces: z
    .record(z.string(), z.array(z.string().min(1)).min(1))
    .default({})
    .describe(
      'Workspaces by path glob: each is a stack of its own, e.g. {"envs/*": ["staging", "production"]}.',
    ),
  backend_config: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      'Given to init as -backend-config, for partial backend configuration. No secrets: use the environment.',
    ),
  parallelism: z
    .int()
    .min(1)
    .max(256)
    .optional()
    .describe('How many resources one plan reads at once; the tool has its own default (10).'),
};

export const terraformOptions = z.strictObject(terraformOptionsShape);
export type TerraformOptions = z.infer<typeof terraformOptions>;
