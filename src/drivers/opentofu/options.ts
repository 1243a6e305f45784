import { z } from 'zod';
import { terraformOptionsShape } from '../terraform/options.ts';

/** Options under `drivers.opentofu`: Terraform's, and which folders are OpenTofu's although no file says so. */
export const opentofuOptions = z.strictObject({
  ...terraformOptionsShape,
  paths: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Path globs of folders that are planned with OpenTofu although no file in them says so; ["**"] for all.',
    ),
});
