import { z } from 'zod';
import { damaged } from './tar.ts';

/** The name of the last file in a backup. */
export const MANIFEST = 'manifest.json';
const FORMAT = 'plumbline-backup';

const manifestSchema = z.object({
  format: z.literal(FORMAT),
  format_version: z.literal(1),
  schema_version: z.int().min(1),
  created_at: z.string(),
  /** The database it was made from; it can be restored into either. */
  database: z.enum(['sqlite', 'postgres']),
  /** Rows per table. */
  tables: z.record(z.string(), z.int()),
  /** `bucket`, in backups of before: they stayed in their S3 bucket and are not in here. */
  artifacts: z.enum(['included', 'bucket']),
  /** Digests that the store refers to and whose content was not there. */
  missing_artifacts: z.array(z.string()),
  files: z.array(z.object({ name: z.string(), size_bytes: z.int(), sha256: z.string() })),
});

/** What a backup says of itself. */
export type Manifest = z.infer<typeof manifestSchema>;

/** The manifest of a new backup. */
export function newManifest(
  of: Pick<Manifest, 'schema_version' | 'created_at' | 'database' | 'artifacts'>,
): Manifest {
  return { format: FORMAT, format_version: 1, ...of, tables: {}, missing_artifacts: [], files: [] };
}

/** @throws PlumblineError `backup_corrupt` */
export function parseManifest(bytes: Buffer): Manifest {
  try {
    return manifestSchema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw damaged('its manifest is not one of a Plumbline backup', error);
  }
}
