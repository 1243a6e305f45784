import type { GraphJson } from '../../api/types.ts';

type GraphStack = GraphJson['stacks'][number];

/** Of a node, in pixels. */
export const NODE = { width: 250, height: 52, gapX: 70, gapY: 12 } as const;

export interface GraphLayout {
  nodes: { stack: GraphStack; x: number; y: number }[];
  /** From what is needed to what needs it, as paths of SVG. */
  edges: { from: string; to: string; path: string; blocks: boolean }[];
  width: number;
  height: number;
  /** Stacks that need nothing and that nothing needs: they are not drawn. */
  alone: number;
}

/** Stacks in columns by how much comes before them, each as near as can be to what it needs. */
export function layOut(stacks: readonly GraphStack[]): GraphLayout {
  const needed = new Set(stacks.flatMap(({ depends_on: needs }) => needs));
  const drawn = stacks.filter(({ key, depends_on: needs }) => needs.length > 0 || needed.has(key));
  const places = new Map<string, { stack: GraphStack; x: number; y: number }>();
  const columns = Map.groupBy(drawn, ({ level }) => level);
  for (const level of [...columns.keys()].toSorted((a, b) => a - b)) {
    const column = columns.get(level)!.map((stack) => ({ stack, at: meanPlace(stack, places) }));
    column.sort((a, b) => a.at - b.at || (a.stack.key < b.stack.key ? -1 : 1));
    for (const [row, { stack }] of column.entries()) {
      const [x, y] = [level * (NODE.width + NODE.gapX), row * (NODE.height + NODE.gapY)];
      places.set(stack.key, { stack, x, y });
    }
  }
  const nodes = [...places.values()];
  const edges = nodes.flatMap(({ stack }) =>
    stack.depends_on.flatMap((from) => {
      const [start, end] = [places.get(from), places.get(stack.key)!];
      if (start === undefined || from === stack.key) return [];
      return { from, to: stack.key, path: curve(start, end), blocks: stack.blocked_by[0] === from };
    }),
  );
  return {
    nodes,
    edges,
    width: Math.max(0, ...nodes.map(({ x }) => x + NODE.width)),
    height: Math.max(0, ...nodes.map(({ y }) => y + NODE.height)),
    alone: stacks.length - drawn.length,
  };
}

function meanPlace({ depends_on: needs }: GraphStack, places: ReadonlyMap<string, { y: number }>): number {
  const above = needs.flatMap((key) => places.get(key)?.y ?? []);
  return above.length === 0 ? 0 : above.reduce((sum, y) => sum + y, 0) / above.length;
}

function curve(start: { x: number; y: number }, end: { x: number; y: number }): string {
  const [x1, y1] = [start.x + NODE.width, start.y + NODE.height / 2];
  const [x2, y2] = [end.x, end.y + NODE.height / 2];
  const bend = Math.max(30, Math.abs(x2 - x1) / 2);
  return `M ${x1} ${y1} C ${x1 + bend} ${y1}, ${x2 - bend} ${y2}, ${x2} ${y2}`;
}
