import type { JsonObject } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { listAt, textAt } from '../health/fields.ts';

/** Where the containers of an object's pods stand: in a pod itself, in a template, in a CronJob's. */
const PODS: readonly (readonly string[])[] = [
  ['spec'],
  ['spec', 'template', 'spec'],
  ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
];
const CONTAINERS = ['initContainers', 'containers'] as const;

/** The images that an object's pods run, each once, in the order in which they stand there. */
export function imagesOf(object: KubeObject): string[] {
  const containers = PODS.flatMap((path) => CONTAINERS.flatMap((field) => listAt(object, ...path, field)));
  return [...new Set(containers.map(imageOf).filter((image) => image !== ''))];
}

function imageOf(container: JsonObject): string {
  return textAt(container, 'image');
}
