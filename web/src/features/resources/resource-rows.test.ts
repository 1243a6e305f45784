import { describe, expect, it } from 'vitest';
import type { ResourceJson } from '../../api/types.ts';
import { resourceRows, type TreeView } from './resource-rows.ts';
import { summary } from './resource-words.ts';

function aResource(address: string, more: Partial<ResourceJson> = {}): ResourceJson {
  const [namespace = '', kind = '', name = ''] = address.split('/');
  const known = { address, group: '', kind, namespace, name, parent: null, sync: 'synced' as const };
  const none = { hook: false, images: [], ends: [], events: [], written: null };
  return { ...known, ...none, health: { status: 'healthy', reason: '' }, ...more };
}

const child = (address: string, parent: string, status: 'healthy' | 'degraded' = 'healthy') =>
  aResource(address, {
    parent,
    sync: null,
    health: { status, reason: status === 'degraded' ? 'no disk' : '' },
  });

const TREE = [
  aResource('a/Deployment/web', { images: ['example.com/web:1'] }),
  child('a/ReplicaSet/web-1', 'a/Deployment/web'),
  child('a/Pod/web-1-a', 'a/ReplicaSet/web-1'),
  aResource('a/Deployment/worker'),
  child('a/Pod/worker-1', 'a/Deployment/worker', 'degraded'),
  aResource('a/ConfigMap/settings', { sync: 'drifted' }),
];

const ALL: TreeView = { opened: new Map(), text: '', attention: false };
const shown = (view: Partial<TreeView>, tree = TREE) =>
  resourceRows(tree, { ...ALL, ...view }).map(
    ({ resource, level, expanded }) =>
      `${'  '.repeat(level - 1)}${expanded === null ? ' ' : expanded ? '-' : '+'} ${resource.name}`,
  );

describe('the rows of a tree', () => {
  it('are opened where something below needs a look', () => {
    expect(shown({})).toEqual(['+ web', '- worker', '    worker-1', '  settings']);
  });

  it('are as people opened and closed them', () => {
    const opened = new Map([
      ['a/Deployment/web', true],
      ['a/Deployment/worker', false],
    ]);
    expect(shown({ opened })).toEqual(['- web', '  + web-1', '+ worker', '  settings']);
  });

  it.each([
    { view: { text: 'web-1-a' }, are: ['- web', '  - web-1', '      web-1-a'] },
    { view: { text: 'WEB:1' }, are: ['  web'] },
    { view: { text: 'no disk' }, are: ['- worker', '    worker-1'] },
    { view: { attention: true }, are: ['- worker', '    worker-1', '  settings'] },
    { view: { text: 'nothing like it' }, are: [] },
  ])('are those that fit $view, and what they are part of', ({ view, are }) => {
    expect(shown(view)).toEqual(are);
  });

  it('say where among their siblings they are', () => {
    const places = resourceRows(TREE, ALL).map(({ level, position, siblings }) => [
      level,
      position,
      siblings,
    ]);
    expect(places).toEqual([
      [1, 1, 3],
      [1, 2, 3],
      [2, 1, 1],
      [1, 3, 3],
    ]);
  });

  it('have what lost its parent at the top', () => {
    expect(shown({}, [child('a/Pod/alone', 'a/ReplicaSet/gone')])).toEqual(['  alone']);
  });
});

describe('the summary of a tree', () => {
  it('counts the own objects by their state, and all by what is not well', () => {
    expect(summary(TREE)).toBe('3 objects: 2 synced, 1 drifted; 1 degraded');
    expect(summary([aResource('a/ConfigMap/one')])).toBe('1 object: 1 synced');
    expect(summary([])).toBe('0 objects');
  });
});
