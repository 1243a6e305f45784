import { z } from 'zod';

/** Options under `drivers.terragrunt`. */
export const terragruntOptions = z.strictObject({
  tool: z
    .enum(['terraform', 'opentofu'])
    .default('terraform')
    .describe('What Terragrunt calls, unless a file of the unit (.opentofu-version, *.tofu) says OpenTofu.'),
});
