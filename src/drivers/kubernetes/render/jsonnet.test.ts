import { describe, expect, it } from 'vitest';
import { checkOptions, jsonnetFiles, objectsIn } from './jsonnet.ts';

const pod = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name } });

describe('objectsIn', () => {
  it('takes one object, lists, and maps in maps, in their order', () => {
    expect(objectsIn(pod('a'))).toEqual([pod('a')]);
    expect(objectsIn([pod('b'), [pod('a')], null])).toEqual([pod('b'), pod('a')]);
    expect(objectsIn({ web: { x: pod('x'), y: [pod('y')] }, db: pod('z') })).toEqual([
      pod('x'),
      pod('y'),
      pod('z'),
    ]);
  });

  it('keeps what is no object, so that somebody hears of it', () => {
    expect(objectsIn({ web: pod('a'), replicas: 3 })).toEqual([pod('a'), 3]);
  });
});

describe('jsonnetFiles', () => {
  it.each([
    [['b.jsonnet', 'main.jsonnet', 'x.libsonnet'], ['main.jsonnet']],
    [
      ['a.jsonnet', 'b.jsonnet', '.c.jsonnet', 'x.libsonnet'],
      ['a.jsonnet', 'b.jsonnet'],
    ],
    [['x.libsonnet'], []],
  ])('of %j are %j', (names, files) => {
    expect(jsonnetFiles(names)).toEqual(files);
  });
});

describe('checkOptions', () => {
  const none = { jpath: [], extVars: {}, extCode: {}, tlas: {}, tlaCode: {} };

  it.each([
    [{ extCode: { x: '{ a: importstr "/etc/hostname" }' } }, 'the Jsonnet of the variable x imports'],
    [{ tlaCode: { y: "import 'lib.libsonnet'" } }, 'the Jsonnet of the variable y imports'],
    [{ tlaCode: { z: 'importbin |||\n  a\n|||' } }, 'the Jsonnet of the variable z imports'],
    [{ jpath: ['lib', '../../etc'] }, 'the library folder ../../etc is outside'],
    [{ jpath: ['/etc'] }, 'the library folder /etc is outside'],
    [{ jpath: ['lib/../../x'] }, 'the library folder lib/../../x is outside'],
  ])('refuses %j', (options, why) => {
    expect(() => checkOptions('apps/web', { ...none, ...options })).toThrowError(why);
  });

  it('takes variables and folders of the repository', () => {
    const options = {
      ...none,
      jpath: ['vendor', 'lib/x'],
      extCode: { n: '1 + 2' },
      extVars: { a: 'import' },
    };
    expect(() => checkOptions('apps/web', options)).not.toThrow();
  });
});
