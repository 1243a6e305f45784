import type { Kysely, RawBuilder } from 'kysely';
import type { StoreKind } from '../store.ts';

/** One step of the schema. A released step is never edited: what it missed is the next one's work. */
export interface Migration {
  /** Ascending from 1 without gaps. */
  version: number;
  name: string;
  /** Runs inside the migration's transaction; the database is typed loosely because its schema is of that day. */
  up(db: Kysely<never>, types: ColumnTypes): Promise<void>;
}

/** Column types whose spelling differs between the databases. */
export interface ColumnTypes {
  kind: StoreKind;
  /** Text that sorts by code point on both. */
  text: RawBuilder<unknown>;
}
