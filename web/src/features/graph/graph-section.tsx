import { useQuery } from '@tanstack/react-query';
import { type CSSProperties, useMemo } from 'react';
import { Link } from 'react-router';
import { useApi } from '../../api/api-context.ts';
import { stackPage } from '../../api/paths.ts';
import type { GraphJson } from '../../api/types.ts';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { stackName } from '../../ui/stack-name.ts';
import { getGraphQuery } from './get-graph.ts';
import { layOut, NODE } from './graph-layout.ts';
import classes from './graph.module.css';

/** Which stacks of a repo need which, and what keeps those that wait. Nothing where none needs another. */
export function GraphSection({ repo, busy }: { repo: string; busy: boolean }) {
  const graph = useQuery(getGraphQuery(useApi(), repo, busy)).data;
  if (graph === undefined || graph.stacks.every((stack) => stack.depends_on.length === 0)) return null;
  return <Graph repo={repo} stacks={graph.stacks} />;
}

/** The nodes are a list, in the order in which stacks are applied; the lines between them are for the eye. */
function Graph({ repo, stacks }: { repo: string; stacks: GraphJson['stacks'] }) {
  const { nodes, edges, width, height, alone } = useMemo(() => layOut(stacks), [stacks]);
  const waiting = stacks.filter(({ blocked_by: chain }) => chain.length > 0).length;
  return (
    <section className="section" aria-labelledby="graph-title">
      <div className="section-head">
        <h2 id="graph-title">Dependencies</h2>
        <span className="muted num">
          {waiting === 0 ? 'nothing waits' : waiting === 1 ? '1 stack waits' : `${waiting} stacks wait`}
          {alone > 0 && `, ${alone} without dependencies`}
        </span>
      </div>
      <div className={`card ${classes.frame}`}>
        <div className={classes.canvas} style={{ width, height }}>
          <svg className={classes.edges} width={width} height={height} aria-hidden focusable="false">
            {edges.map(({ from, to, path, blocks }) => (
              <path key={`${from} ${to}`} d={path} data-blocks={blocks || undefined} />
            ))}
          </svg>
          <ul>
            {nodes.map(({ stack, x, y }) => (
              <li
                key={stack.key}
                className={classes.node}
                data-waits={stack.blocked_by.length > 0 || undefined}
                style={{ '--x': `${x}px`, '--y': `${y}px`, '--w': `${NODE.width}px` } as CSSProperties}
              >
                <Link className={classes.name} to={stackPage(repo, stack.key)} title={stackName(stack.key)}>
                  <bdi>{stackName(stack.key)}</bdi>
                </Link>
                <span className={classes.state}>
                  <StatusBadge status={stack.status} />
                  <span className={classes.why} title={stack.message}>
                    {whyText(stack)}
                  </span>
                </span>
                {stack.depends_on.length > 0 && (
                  <span className="sr-only">Needs {stack.depends_on.map(stackName).join(', ')}.</span>
                )}
              </li>
            ))}
          </ul>
        </div>
      </div>
    </section>
  );
}

function whyText({ blocked_by: chain, ready, message }: GraphJson['stacks'][number]): string {
  if (chain.length > 0) return `waits for ${chain.map(stackName).join(', which waits for ')}`;
  return ready === 'True' ? 'ready' : message;
}
