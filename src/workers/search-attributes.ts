import proto from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts';
import type { Logger } from '../util/log.ts';
import type { TemporalConnection } from './connect.ts';

const { IndexedValueType } = proto.temporal.api.enums.v1;
const TYPES = {
  KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  INT: IndexedValueType.INDEXED_VALUE_TYPE_INT,
} as const;

/**
 * Makes Plumbline's search attributes known to the server. Safe to run again.
 * @returns whether workflows may set them; where they can't be added (Temporal Cloud, missing rights) a warning says how
 */
export async function ensureSearchAttributes(
  { connection, namespace }: TemporalConnection,
  log: Logger,
): Promise<boolean> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = SEARCH_ATTRIBUTES.filter(({ name }) => !(name in customAttributes));
    if (missing.length === 0) return true;
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(({ name, type }) => [name, TYPES[type]])),
    });
    return true;
  } catch (error) {
    const attributes = SEARCH_ATTRIBUTES.map(({ name, type }) => `${name} (${type})`).join(', ');
    log.warn(
      { err: error, attributes },
      'Search attributes can not be registered; workflows go without them',
    );
    return false;
  }
}
