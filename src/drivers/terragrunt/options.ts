import { z } from 'zod';
import { terraformOptionsShape } from '../terraform/options.ts';

/** Options under `drivers.terragrunt`. */
export const terragruntOptions = z.strictObject({
  tool: z
    .enum(['terraform', 'opentofu'])
    .default('terraform')
    .describe('What Terragrunt calls, unless a file of the unit (.opentofu-version, *.tofu) says OpenTofu.'),
  lock_timeout: terraformOptionsShape.lock_timeout,
});
export type TerragruntOptions = z.infer<typeof terragruntOptions>;
