import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributeName } from './change-attributes.ts';
import { causeWords } from './change-words.ts';
import { diffLines } from './line-diff.ts';
import { lineKind, readPlanLines } from './plan-tokens.ts';
import { valueText } from './value-text.ts';

describe('lineKind', () => {
  it.each([
    ['  + resource "a" "b" {', 'add'],
    ['  - name = "x"', 'remove'],
    ['      ~ size = 1 -> 2', 'change'],
    ['-/+ resource "a" "b" {', 'replace'],
    ['+/- resource "a" "b" {', 'replace'],
    [' <= data "a" "b" {', 'read'],
    ['  # a.b will be created', 'comment'],
    ['Plan: 1 to add, 0 to change, 0 to destroy.', 'heading'],
    ['│ Error: no', 'warning'],
    ['        id = "-1"', 'plain'],
    ['-', 'remove'],
    ['--flag', 'plain'],
  ])('reads %j as %s', (line, kind) => {
    expect(lineKind(line)).toBe(kind);
  });

  it('sees through the colour codes of terminals', () => {
    const escape = String.fromCharCode(27);
    expect(readPlanLines(`${escape}[32m+${escape}[0m a = 1\n`)).toEqual([
      { number: 1, text: '+ a = 1', kind: 'add' },
    ]);
  });
});

describe('diffLines', () => {
  it('gives both texts back, whatever they are', () => {
    const text = array(constantFrom('a', 'b', '', '  c'), { maxLength: 12 }).map((lines) => lines.join('\n'));
    assert(
      property(text, text, (before, after) => {
        const lines = diffLines(before, after);
        const side = (leftOut: string) =>
          lines
            .filter((line) => line.kind !== leftOut)
            .map((line) => line.text)
            .join('\n');
        expect(side('add')).toBe(before);
        expect(side('remove')).toBe(after);
      }),
    );
  });

  it('keeps what is the same', () => {
    expect(diffLines('a\nb\nc', 'a\nx\nc').map((line) => line.kind)).toEqual([
      'same',
      'remove',
      'add',
      'same',
    ]);
  });
});

describe('attributeName', () => {
  it.each([
    ['/ingress/0/cidr_blocks', 'ingress[0].cidr_blocks'],
    ['/tags/kubernetes.io~1role', 'tags["kubernetes.io/role"]'],
    ['/a~0b', '["a~b"]'],
    ['', '(whole value)'],
  ])('writes %j as %s', (pointer, name) => {
    expect(attributeName(pointer)).toBe(name);
  });
});

describe('valueText', () => {
  it('opens JSON inside of a string, keeps short values on a line, and tells an empty string from nothing', () => {
    expect(valueText('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(valueText(['a', 'b'])).toBe('["a", "b"]');
    expect(valueText('')).toBe('""');
    expect(valueText(null)).toBe('null');
    expect(valueText('{not json')).toBe('{not json');
  });
});

describe('causeWords', () => {
  it('says of an applied change what was done, and of drift that no apply removes that it is still there', () => {
    expect(causeWords({ cause: 'pending', action: 'create' }, true)).toEqual({
      label: 'Applied',
      tone: 'applied',
      sentence: 'Git asked for this, and it was applied (create).',
    });
    expect(causeWords({ cause: 'drift', action: 'none' }, true)).toEqual(
      causeWords({ cause: 'drift', action: 'none' }),
    );
  });
});
