import { describe, expect, it } from 'vitest';
import type { GraphJson } from '../../api/types.ts';
import { layOut, NODE } from './graph-layout.ts';

function aStack(key: string, level: number, depends_on: string[] = [], blocked_by: string[] = []) {
  const stack: GraphJson['stacks'][number] = {
    key,
    level,
    depends_on,
    blocked_by,
    status: 'in_sync',
    ready: 'True',
    message: '',
  };
  return stack;
}

describe('the drawing of a graph', () => {
  it('has a column for each level, and an edge for each need', () => {
    const { nodes, edges, width, height, alone } = layOut([
      aStack('apps/a', 1, ['infra/b']),
      aStack('apps/b', 1, ['infra/a'], ['infra/a']),
      aStack('infra/a', 0),
      aStack('infra/b', 0),
      aStack('else', 0),
    ]);
    expect(nodes.map(({ stack, x, y }) => [stack.key, x, y])).toEqual([
      ['infra/a', 0, 0],
      ['infra/b', 0, 64],
      ['apps/b', 320, 0],
      ['apps/a', 320, 64],
    ]);
    expect(edges.map(({ from, to, blocks }) => [from, to, blocks])).toEqual([
      ['infra/a', 'apps/b', true],
      ['infra/b', 'apps/a', false],
    ]);
    expect(edges[0]!.path).toBe('M 250 26 C 285 26, 285 26, 320 26');
    expect([width, height, alone]).toEqual([320 + NODE.width, 64 + NODE.height, 1]);
  });

  it('draws nothing of stacks that stand alone', () => {
    expect(layOut([aStack('a', 0), aStack('b', 0)])).toMatchObject({
      nodes: [],
      width: 0,
      height: 0,
      alone: 2,
    });
  });
});
