import { describe, expect, it } from 'vitest';
import type { WatchEvent } from './cluster.ts';
import type { KubeObject } from './object.ts';
import { createKnownObjects } from './watch-known.ts';

const anObject = (name: string, version: string, uid = `uid of ${name}`): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'web', uid, resourceVersion: version },
  data: { version },
});

const told = (events: readonly (WatchEvent | null)[]) =>
  events.map((event) =>
    event === null || event.type === 'synced' ? null : `${event.type} ${event.object.metadata.name}`,
  );

describe('createKnownObjects', () => {
  it('tells what a list has that was not known, has changed or is gone', () => {
    const known = createKnownObjects();
    expect(told(known.replaceAll([anObject('a', '1'), anObject('b', '1'), anObject('c', '1')]))).toEqual([
      'added a',
      'added b',
      'added c',
    ]);
    const events = known.replaceAll([anObject('a', '1'), anObject('c', '5'), anObject('d', '6')]);
    expect(told(events)).toEqual(['deleted b', 'modified c', 'added d']);
    expect(events[0]).toEqual({
      type: 'deleted',
      object: {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'b', namespace: 'web', uid: 'uid of b', resourceVersion: '1' },
      },
    });
  });

  it('tells an object that was deleted and made again as changed', () => {
    const known = createKnownObjects();
    known.replaceAll([anObject('a', '1')]);
    expect(told(known.replaceAll([anObject('a', '1', 'another')]))).toEqual(['modified a']);
  });

  it('tells each change once', () => {
    const known = createKnownObjects();
    known.replaceAll([anObject('a', '1')]);
    const lines: [string, KubeObject][] = [
      ['ADDED', anObject('a', '1')],
      ['MODIFIED', anObject('a', '2')],
      ['ADDED', anObject('b', '3')],
      ['DELETED', anObject('b', '4')],
      ['ADDED', anObject('b', '5')],
      ['BOOKMARK', anObject('', '6')],
    ];
    expect(told(lines.map(([type, object]) => known.apply(type, object)))).toEqual([
      null,
      'modified a',
      'added b',
      'deleted b',
      'added b',
      null,
    ]);
  });
});
