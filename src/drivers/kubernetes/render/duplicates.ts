import { objectAddress, objectId } from '../../../kube/object.ts';
import type { WantedObject } from '../rendered.ts';
import type { SourceFault } from './source-fault.ts';

/** Objects that are wanted twice, each naming both places. `made` is where an object that a program made comes from. */
export function findDuplicates(objects: readonly WantedObject[], made: string): SourceFault[] {
  const seen = new Map<string, WantedObject>();
  return objects.flatMap((wanted) => {
    const address = objectAddress(objectId(wanted.object));
    const first = seen.get(address);
    if (first === undefined) {
      seen.set(address, wanted);
      return [];
    }
    const { file, line } = wanted.source ?? { file: made, line: null };
    return [
      {
        file,
        line,
        summary: `${address} is there twice, first at ${placeOf(first, made)}`,
        detail: 'Remove one of them: which of the two was meant can’t be told.',
      },
    ];
  });
}

function placeOf({ source }: WantedObject, made: string): string {
  return source === null ? made : `${source.file}:${source.line}`;
}
