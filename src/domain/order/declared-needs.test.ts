import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withDeclaredNeeds } from './declared-needs.ts';
import { stackKey } from '../ids.ts';

function stack(path: string, dependsOn: string[] = [], workspace = 'default') {
  return { key: stackKey(path, workspace), path, workspace, dependsOn };
}

const STACKS = [
  stack('app'),
  stack('db', [], 'blue'),
  stack('db', [], 'green'),
  stack('net', ['dns']),
  stack('dns'),
  stack('.'),
];

describe('withDeclaredNeeds', () => {
  it.each<[string, Record<string, string[]>, Record<string, string[]>]>([
    ['one stack', { app: ['net'] }, { app: ['net'] }],
    ['several, sorted, each once', { app: ['net', 'dns', 'net'] }, { app: ['dns', 'net'] }],
    ['all workspaces of a folder', { app: ['db'] }, { app: ['db@blue', 'db@green'] }],
    ['one workspace', { app: ['db@green'] }, { app: ['db@green'] }],
    ['a folder for each of its workspaces', { db: ['net'] }, { 'db@blue': ['net'], 'db@green': ['net'] }],
    ['a workspace after its sibling', { 'db@blue': ['db'] }, { 'db@blue': ['db@green'] }],
    ['the default workspace by name', { 'app@default': ['net@default'] }, { app: ['net'] }],
    ['what a driver knows, too', { net: ['app'] }, { net: ['app', 'dns'] }],
    ['the top folder', { '.': ['app'] }, { _root: ['app'] }],
  ])('adds %s', (_, dependsOn, added) => {
    const { stacks, unknown } = withDeclaredNeeds(STACKS, dependsOn);
    const before = Object.fromEntries(STACKS.map(({ key, dependsOn: needs }) => [key, needs]));
    expect(Object.fromEntries(stacks.map(({ key, dependsOn: needs }) => [key, needs]))).toEqual({
      ...before,
      ...added,
    });
    expect(unknown).toEqual([]);
  });

  it('names what is not there, on either side', () => {
    const { stacks, unknown } = withDeclaredNeeds(STACKS, { ap: ['net'], app: ['nett', 'db@red', 'nett'] });
    expect(unknown).toEqual(['ap', 'db@red', 'nett']);
    const absent: Record<string, string[]> = { app: ['db@red', 'nett'] };
    expect(stacks).toEqual(
      STACKS.map((each) => (absent[each.key] ? { ...each, unknownNeeds: absent[each.key] } : each)),
    );
  });

  it('never loses a stack or a need, and adds none to itself', () => {
    const name = fc.constantFrom('app', 'db', 'db@blue', 'db@green', 'net', 'dns', '.', 'other');
    fc.assert(
      fc.property(fc.dictionary(name, fc.array(name, { maxLength: 4 })), (dependsOn) => {
        const { stacks } = withDeclaredNeeds(STACKS, dependsOn);
        expect(stacks.map(({ key }) => key)).toEqual(STACKS.map(({ key }) => key));
        for (const [index, { key, dependsOn: needs }] of stacks.entries()) {
          expect(needs).toEqual(expect.arrayContaining(STACKS[index]!.dependsOn));
          expect(needs).not.toContain(key);
        }
      }),
    );
  });
});
