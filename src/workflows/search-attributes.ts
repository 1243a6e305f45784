import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** What the Temporal Web UI can filter workflows by. */
export const repoAttribute = defineSearchAttributeKey('PlumblineRepo', SearchAttributeType.KEYWORD);
/** `scan` or `plan`. */
export const kindAttribute = defineSearchAttributeKey('PlumblineKind', SearchAttributeType.KEYWORD);
/** `running`, `completed`, `failed` or `cancelled`. */
export const statusAttribute = defineSearchAttributeKey('PlumblineStatus', SearchAttributeType.KEYWORD);
/** How many stacks have a plan that isn't empty. */
export const driftedAttribute = defineSearchAttributeKey('PlumblineDrifted', SearchAttributeType.INT);

/** All of them. */
export const SEARCH_ATTRIBUTES = [repoAttribute, kindAttribute, statusAttribute, driftedAttribute] as const;
