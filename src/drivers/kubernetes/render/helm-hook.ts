import { metaTexts, type KubeObject } from '../../../kube/object.ts';
import type { WantedObject } from '../rendered.ts';

const TESTS = new Set(['test', 'test-success', 'test-failure']);

/**
 * What Helm's annotations make of an object: null where it is no hook, undefined of one that only tests.
 * Source: https://helm.sh/docs/topics/charts_hooks/
 */
export function helmHook(object: KubeObject): WantedObject['hook'] | undefined {
  const annotations = metaTexts(object, 'annotations');
  const hook = annotations['helm.sh/hook'];
  if (hook === undefined) return null;
  const phases = words(hook).filter((phase) => !TESTS.has(phase));
  if (phases.length === 0) return undefined;
  const weight = Number.parseInt(annotations['helm.sh/hook-weight'] ?? '0', 10);
  const policies = words(annotations['helm.sh/hook-delete-policy'] ?? '');
  return {
    phases,
    weight: Number.isNaN(weight) ? 0 : weight,
    // Helm's own default.
    deletePolicies: policies.length === 0 ? ['before-hook-creation'] : policies,
  };
}

function words(text: string): string[] {
  return text.split(',').flatMap((word) => word.trim() || []);
}
