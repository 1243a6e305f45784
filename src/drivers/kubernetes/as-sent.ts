import type { IgnoreDifferences } from './compare/ignore-differences.ts';
import { respectIgnored } from './compare/respect-ignored.ts';
import { metaTexts, type KubeObject } from '../../kube/object.ts';
import { FIELD_MANAGER, STACK_LABEL } from './labels.ts';
import type { ApplyRules } from './order/annotations.ts';

/** An object as it is written where its ignored fields stay as they are live. Whose it is is never ignored. */
export function asSent(
  ignore: IgnoreDifferences,
  wanted: KubeObject,
  live: KubeObject,
  { replace }: Pick<ApplyRules, 'replace'>,
): KubeObject {
  const sent = respectIgnored(ignore, wanted, live, replace ? null : FIELD_MANAGER);
  const stack = metaTexts(wanted, 'labels')[STACK_LABEL];
  if (stack === undefined) return sent;
  const labels = { ...metaTexts(sent, 'labels'), [STACK_LABEL]: stack };
  return { ...sent, metadata: { ...sent.metadata, labels } };
}
