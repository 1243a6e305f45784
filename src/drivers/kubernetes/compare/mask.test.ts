import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePointer } from '../../../domain/json-pointer.ts';
import type { JsonObject, JsonValue } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { exactNumber, longNumber } from '../../../kube/exact-numbers.ts';
import { createMasker } from './mask.ts';
import { LAST_APPLIED_ANNOTATION } from './normalise.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function aSecret(data: JsonObject, more: JsonObject = {}, annotations: JsonObject = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', annotations }, data, ...more };
}
const masker = createMasker();

describe('a masked Secret', () => {
  it('shows lengths of what the values are, and nothing of them', () => {
    const secret = aSecret(
      { a: base64('correct horse'), b: base64('ü'), c: '/wABAg==', d: base64(''), e: null, f: 7 },
      { stringData: { g: 'battery' }, type: 'Opaque' },
    );
    expect(masker.whole(secret)).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', annotations: {} },
      data: {
        a: '(sensitive, 13 characters)',
        b: '(sensitive, 1 character)',
        c: '(sensitive, 4 bytes)',
        d: '(sensitive, 0 characters)',
        e: null,
        f: '(sensitive)',
      },
      stringData: { g: '(sensitive, 7 characters)' },
      type: 'Opaque',
    });
  });

  it('tells values that are the same from those that changed, also at the same length', () => {
    const before = aSecret({ same: base64('abc'), other: base64('abc'), gone: base64('x') });
    const after = aSecret({ same: base64('abc'), other: base64('xyz'), new: base64('xy') });
    const masked = masker.pair(before, after, [], before);
    expect(masked.sensitive).toBe(true);
    expect(masked.before).toMatchObject({
      data: {
        same: '(sensitive, 3 characters)',
        other: '(sensitive, 3 characters)',
        gone: '(sensitive, 1 character)',
      },
    });
    expect(masked.after).toMatchObject({
      data: {
        same: '(sensitive, 3 characters)',
        other: '(sensitive, 3 characters, changed)',
        new: '(sensitive, 2 characters)',
      },
    });
  });

  it.each<[string, JsonValue, JsonValue, JsonValue, JsonValue]>([
    [
      '/data/a',
      base64('one'),
      base64('three'),
      '(sensitive, 3 characters)',
      '(sensitive, 5 characters, changed)',
    ],
    ['/data/a', null, base64('new'), null, '(sensitive, 3 characters)'],
    ['/stringData/a', 'one', null, '(sensitive, 3 characters)', null],
    ['/data', { a: base64('x') }, null, { a: '(sensitive, 1 character)' }, null],
    ['/data/a/b', 'nested', null, '(sensitive, 4 bytes)', null],
  ])('masks an attribute at %s', (pointer, before, after, shownBefore, shownAfter) => {
    const masked = masker.pair(before, after, parsePointer(pointer), aSecret({}));
    expect(masked).toEqual({ before: shownBefore, after: shownAfter, sensitive: true });
  });

  it('shows other attributes as they are', () => {
    const masked = masker.pair('Opaque', 'tls', ['type'], aSecret({}));
    expect(masked).toEqual({ before: 'Opaque', after: 'tls', sensitive: false });
    expect(masker.pair('a', 'b', ['data', 'x'], { kind: 'ConfigMap', apiVersion: 'v1' }).sensitive).toBe(
      false,
    );
  });
});

describe('Secrets inside other things', () => {
  const secret = aSecret({ password: base64('hunter22') });
  const isHidden = (value: JsonValue): boolean => {
    const text = JSON.stringify(value);
    const shows = [base64('hunter22'), 'hunter22'].some((secret) => text.includes(secret));
    return !shows && text.includes('(sensitive, 8 characters)');
  };

  it('are masked in lists and templates', () => {
    expect(
      isHidden(masker.whole({ apiVersion: 'v1', kind: 'List', items: [{ kind: 'ConfigMap' }, secret] })),
    ).toBe(true);
    expect(isHidden(masker.whole({ apiVersion: 'x/v1', kind: 'Thing', spec: { template: secret } }))).toBe(
      true,
    );
    const list = { apiVersion: 'v1', kind: 'List', items: [secret] };
    expect(
      isHidden(masker.pair(base64('hunter22'), null, parsePointer('/items/0/data/password'), list).before),
    ).toBe(true);
  });

  it('are masked in kubectl’s copy of the last applied object', () => {
    const copy = JSON.stringify(secret);
    const annotated = aSecret({}, {}, { [LAST_APPLIED_ANNOTATION]: copy });
    expect(isHidden(masker.whole(annotated))).toBe(true);
    expect(isHidden(masker.whole({ ...annotated, kind: 'ConfigMap' }))).toBe(true);
    const pointer = '/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration';
    expect(isHidden(masker.pair(copy, null, parsePointer(pointer), annotated).before)).toBe(true);
    expect(
      isHidden(
        masker.pair({ annotations: { [LAST_APPLIED_ANNOTATION]: copy } }, null, ['metadata'], annotated)
          .before,
      ),
    ).toBe(true);
    const listed = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [secret] });
    expect(isHidden(masker.whole(aSecret({}, {}, { [LAST_APPLIED_ANNOTATION]: listed })))).toBe(true);
  });

  it('say in that copy what changed', () => {
    const of = (text: string): KubeObject =>
      aSecret({}, {}, { [LAST_APPLIED_ANNOTATION]: JSON.stringify(aSecret({ p: base64(text) })) });
    const { after } = masker.pair(of('hunter22'), of('hunter23'), [], of(''));
    expect(JSON.stringify(after)).toContain('(sensitive, 8 characters, changed)');
  });

  it('hide a copy that can’t be read as a whole', () => {
    const masked = masker.whole(aSecret({}, {}, { [LAST_APPLIED_ANNOTATION]: '{"data":{"p":"hunter22"' }));
    expect(JSON.stringify(masked)).toContain('(sensitive, 23 characters)');
    expect(JSON.stringify(masked)).not.toContain('hunter');
  });
});

describe('named secrets', () => {
  const naming = createMasker(['s3cr3t-value', 'abc', '']);
  const config = (data: JsonObject): JsonObject => ({ apiVersion: 'v1', kind: 'ConfigMap', data });

  it('are hidden wherever they stand, whole or in part, also encoded', () => {
    const shown = naming.whole(
      config({
        whole: 's3cr3t-value',
        part: 'user:s3cr3t-value@host',
        encoded: base64('s3cr3t-value'),
        'key-s3cr3t-value': 'x',
        short: 'abc',
        unrelated: 'abcdef',
        list: ['s3cr3t-value', 1, true],
      }),
    );
    expect(JSON.stringify(shown)).not.toContain('s3cr3t');
    expect(JSON.stringify(shown)).not.toContain(base64('s3cr3t-value'));
    expect(shown).toMatchObject({
      data: {
        whole: '(sensitive, 12 characters)',
        part: 'user:***@host',
        short: '(sensitive, 3 characters)',
        unrelated: 'abcdef',
        list: ['(sensitive, 12 characters)', 1, true],
      },
    });
  });

  it('show that they changed though they look the same', () => {
    const two = createMasker(['first-secret', 'other-secret']);
    expect(two.pair('a first-secret', 'a other-secret', ['data', 'x'], config({}))).toEqual({
      before: 'a ***',
      after: 'a *** (changed)',
      sensitive: true,
    });
    expect(naming.pair('s3cr3t-value', 's3cr3t-value', ['data', 'x'], config({})).after).toBe(
      '(sensitive, 12 characters)',
    );
  });
});

describe('named secrets that stand somewhere without quotes', () => {
  const config = (data: JsonObject): JsonObject => ({ apiVersion: 'example.com/v1', kind: 'Widget', data });
  const naming = createMasker(['12345678', '0123456', 'true', '1.50000', '90071992547409931', '0000', '42']);

  it.each<[string, JsonValue]>([
    ['a number', 12345678],
    ['an octal number', 42798],
    ['a number that begins with a zero', 123456],
    ['a boolean', true],
    ['a number of more digits than a double holds', exactNumber('90071992547409931')],
  ])('are hidden as %s, and so is what they change to', (_, value) => {
    const shown = naming.whole(config({ a: value, list: [{ b: value }] }));
    const digits = longNumber(value) ?? JSON.stringify(value);
    expect(JSON.stringify(shown)).not.toContain(digits);
    expect(naming.pair(7, value, ['data', 'a'], config({ a: value }))).toMatchObject({
      before: 7,
      after: expect.stringMatching(/^\(sensitive.*, changed\)$/) as string,
      sensitive: true,
    });
  });

  it('hide no other numbers and booleans', () => {
    const open = config({ a: 0, b: false, c: 1.5, d: 1234567, e: 8080 });
    expect(naming.whole(open)).toEqual(open);
  });
});

describe('any Secret', () => {
  it('shows equal marks for equal values alone, and no value', () => {
    const values = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.string({ minLength: 4 }).map(base64));
    fc.assert(
      fc.property(values, values, (before, after) => {
        const masked = masker.pair(aSecret(before), aSecret(after), [], aSecret({}));
        const text = JSON.stringify([masked.before, masked.after]);
        const shown = (side: JsonValue): JsonObject => (side as { data: JsonObject }).data;
        for (const value of [...Object.values(before), ...Object.values(after)])
          expect(text).not.toContain(value);
        for (const name of Object.keys(before).filter((each) => each in after))
          expect(shown(masked.before)[name] === shown(masked.after)[name]).toBe(before[name] === after[name]);
      }),
    );
  });
});
