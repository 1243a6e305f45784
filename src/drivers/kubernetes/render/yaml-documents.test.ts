import { assert, jsonValue, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readYamlDocuments } from './yaml-documents.ts';

const valuesOf = (text: string) => readYamlDocuments(text).map(({ value }) => value);
const faultsOf = (text: string) => readYamlDocuments(text).flatMap(({ faults }) => faults);

describe('readYamlDocuments', () => {
  it('reads each document with the line of its content', () => {
    const text = '# first\n---\na: 1\n---\n# nothing\n---\n\nb: 2\n--- # third\n- c\n...\n';
    expect(readYamlDocuments(text).map(({ line, value }) => ({ line, value }))).toEqual([
      { line: 3, value: { a: 1 } },
      { line: 8, value: { b: 2 } },
      { line: 10, value: ['c'] },
    ]);
  });

  it('takes JSON, tabs, a byte order mark and Windows’ line ends', () => {
    expect(valuesOf('\uFEFF{\n\t"a": [1, true, null],\n\t"b": {"c": "y"}\n}\n')).toEqual([
      { a: [1, true, null], b: { c: 'y' } },
    ]);
    expect(valuesOf('a: 1\r\n---\r\nb: |\r\n  x\r\n')).toEqual([{ a: 1 }, { b: 'x\n' }]);
  });

  it('keeps what is quoted a text, and heeds tags', () => {
    expect(valuesOf('a: "y"\nb: \'1\'\nc: !!str 0777\nd: !!int "3"\ne: |\n  on')).toEqual([
      { a: 'y', b: '1', c: '0777', d: 3, e: 'on\n' },
    ]);
  });

  it('follows anchors and merge keys; what is written wins', () => {
    const text = 'a: &a {x: 1, y1: 2}\nb: &b {x: 3, z: 4}\nc:\n  <<: [*a, *b]\n  z: 5\nd: *a';
    expect(valuesOf(text)).toMatchObject([{ c: { x: 1, y1: 2, z: 5 }, d: { x: 1, y1: 2 } }]);
  });

  it('leaves a fault in its document', () => {
    const documents = readYamlDocuments('a: "open\n---\nb: 1\n---\nc: [\n');
    expect(documents.map(({ faults }) => faults.length > 0)).toEqual([true, false, true]);
    expect(documents[1]?.value).toEqual({ b: 1 });
  });

  it.each([
    ['a: 1\nb: 2\na: 3', 3, 'twice'],
    ['x:\n  "1": a\n  1: b', 3, 'twice'],
    ['a: 1\ny: 2', 2, 'write it in quotes: "y"'],
    ['0777: x', 1, 'the number 511'],
    ['a:\n- null: x', 2, 'read as null'],
    ['? [a]\n: b', 1, 'has to be a text'],
    ['a: .nan', 1, 'no number'],
    ['a: !Ref x', 1, 'means nothing'],
    ['a: !!binary aGk=', 1, 'means nothing'],
    ['a: *gone', 1, 'no anchor'],
    ['a: &a [*a]', 1, 'its own anchor'],
    ['a: &a {x: 1}\nb:\n  x: 2\n  <<: *a', 4, 'put << first'],
    ['a: &a 1\nb:\n  <<: *a', 3, 'takes a mapping'],
    ['a: b\n c: d', 1, 'ested mappings'],
  ])('%j has a fault at line %d', (text, line, message) => {
    const faults = faultsOf(text);
    expect(faults[0]?.line).toBe(line);
    expect(faults[0]?.message).toContain(message);
  });

  it('takes the last anchor before an alias', () => {
    expect(valuesOf('a: &x 1\nb: *x\nc: &x 2\nd: {e: *x}')).toEqual([{ a: 1, b: 1, c: 2, d: { e: 2 } }]);
  });

  it('bounds what aliases stand for', () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `l${i + 1}: &l${i + 1} [${'*l'.concat(`${i}, `).repeat(9)}*l${i}]`,
    );
    const faults = faultsOf(['l0: &l0 x', ...levels].join('\n'));
    expect(faults.map(({ message }) => message)).toEqual([expect.stringContaining('far larger')]);
  });

  it('bounds how many aliases there are, and how deep lists are', () => {
    expect(faultsOf(`a: &a 1\nb: [${'*a,'.repeat(1_001)}]`)).toHaveLength(1);
    expect(faultsOf(`a: ${'['.repeat(20_000)}`)[0]).toBeDefined();
  });

  it('says a fault once, however many aliases stand for it', () => {
    expect(faultsOf('a: &a {x: 1, x: 2}\nb: [*a, *a]')).toEqual([
      { line: 1, message: 'The key x stands there twice; remove one of them' },
    ]);
  });

  it('names the first faults of a document, since they bring others along', () => {
    expect(faultsOf('- ]\n'.repeat(100))).toHaveLength(3);
  });

  it('says where a value stands and how it is written', () => {
    const [document] = readYamlDocuments('# x\n---\nitems:\n- a: 1\n- a:\n    b: y');
    expect(document?.at(['items', 1, 'a', 'b'])).toEqual({ line: 6, source: 'y' });
    expect(document?.at(['gone'])).toEqual({ line: 3, source: undefined });
  });

  it('reads all JSON as JSON is read', () => {
    const json = jsonValue({ maxDepth: 4, noUnicodeString: false }).filter((value) => value !== null);
    assert(
      property(json, (value) => {
        const text = JSON.stringify(value, null, 2);
        const [document] = readYamlDocuments(text);
        if (document!.faults.length > 0) return /\d{16}|\d\.?e\+?\d\d/.test(text);
        expect(JSON.stringify(document!.value)).toBe(
          JSON.stringify(JSON.parse(text)).replaceAll(/-0(?=[,\]}]|$)/g, '0'),
        );
        return true;
      }),
    );
  });
});
