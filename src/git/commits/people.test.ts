import { describe, expect, it } from 'vitest';
import { isWebFlow, parseContact, uniquePeople } from './people.ts';

describe('parseContact', () => {
  it.each([
    ['Alice Example <alice@example.com>', { name: 'Alice Example', email: 'alice@example.com' }],
    ['  <alice@example.com> ', { name: '', email: 'alice@example.com' }],
    ['Alice', null],
    ['Alice <>', null],
    ['Alice <a b>', null],
    ['Alice <a@x> <b@x>', null],
  ])('%j', (text, expected) => {
    expect(parseContact(text)).toEqual(expected);
  });
});

describe('uniquePeople', () => {
  it('keeps the first of those with the same email, whatever its letters, and leaves out those without one', () => {
    const people = [
      { name: 'A', email: 'Alice@Example.com' },
      { name: 'B', email: 'alice@example.com' },
      { name: 'C', email: '' },
      { name: 'D', email: 'dave@example.com' },
    ];
    expect(uniquePeople(people)).toEqual([people[0], people[3]]);
  });
});

describe('isWebFlow', () => {
  it("knows GitHub's own committer, and not people's hidden addresses", () => {
    expect(isWebFlow({ name: 'GitHub', email: 'noreply@github.com' })).toBe(true);
    expect(isWebFlow({ name: 'Alice', email: '1+alice@users.noreply.github.com' })).toBe(false);
  });
});
