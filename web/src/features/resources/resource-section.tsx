import { Button, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useApi } from '../../api/api-context.ts';
import { messageOf } from '../../api/api-error.ts';
import type { ResourceJson, ResourcesJson, StackJson } from '../../api/types.ts';
import { Notice } from '../../ui/notice.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { SkeletonRows } from '../../ui/skeleton-rows.tsx';
import { SearchBox } from '../stack-list/search-box.tsx';
import { knownResourcesQuery, liveResourcesQuery } from './get-resources.ts';
import { ResourceDetails } from './resource-details.tsx';
import { ResourceTree } from './resource-tree.tsx';
import { summary } from './resource-words.ts';
import classes from './resources.module.css';

/** What a stack has, live: its objects with what they have made, how that does, and why. */
export function ResourceSection({ stack }: { stack: StackJson }) {
  const { repo, key, scanned_at: scannedAt } = stack;
  const api = useApi();
  const [orphans, setOrphans] = useState(false);
  const known = useQuery(knownResourcesQuery(api, repo, key));
  const live = useQuery(liveResourcesQuery(api, { repo, key, scannedAt, orphans }));
  const found = live.data ?? known.data;
  return (
    <section className="section" aria-labelledby="resources-title">
      <div className="section-head">
        <h2 id="resources-title">Resources</h2>
        {found !== undefined && <span className="muted num">{summary(found.resources)}</span>}
        {found !== undefined && found.at !== null && (
          <span className="muted">
            seen <RelativeTime at={found.at} past />
          </span>
        )}
      </div>
      {found === undefined ? (
        <SkeletonRows rows={4} height={34} label="Loading resources" />
      ) : (
        <Found
          found={found}
          problem={live.isError ? messageOf(live.error) : (found.problem?.message ?? null)}
          orphans={{ wanted: orphans, want: setOrphans }}
        />
      )}
    </section>
  );
}

interface Orphans {
  wanted: boolean;
  want: (wanted: boolean) => void;
}

function Found({
  found,
  problem,
  orphans,
}: {
  found: ResourcesJson;
  problem: string | null;
  orphans: Orphans;
}) {
  const [text, setText] = useState('');
  const [attention, setAttention] = useState(false);
  const [selected, setSelected] = useState<string | null>(null);
  const chosen = found.resources.find(({ address }) => address === selected);
  return (
    <>
      {problem !== null && (
        <Notice tone="warning" title="The cluster could not be looked at" role="status">
          <p>{problem}</p>
          {found.at !== null && <p>What is shown is as it was last seen.</p>}
        </Notice>
      )}
      <div className={classes.bar}>
        <div className={classes.search}>
          <SearchBox value={text} label="Search resources" onChange={setText} />
        </div>
        <Switch
          label="Only what needs a look"
          checked={attention}
          onChange={(event) => setAttention(event.currentTarget.checked)}
        />
        <Switch
          label="What nobody declared"
          checked={orphans.wanted}
          onChange={(event) => orphans.want(event.currentTarget.checked)}
        />
      </div>
      <div className={classes.panes} data-selected={chosen !== undefined || undefined}>
        <ResourceTree
          resources={found.resources}
          filter={{ text, attention }}
          selected={selected}
          onSelect={setSelected}
        />
        {chosen !== undefined && <ResourceDetails resource={chosen} onClose={() => setSelected(null)} />}
      </div>
      {orphans.wanted && <OrphanList orphans={found.orphans} />}
      {found.notes.length > 0 && (
        <details className={classes.notes}>
          <summary>{found.notes.length === 1 ? '1 note' : `${found.notes.length} notes`}</summary>
          <ul>
            {found.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

const FIRST_ORPHANS = 100;

function OrphanList({ orphans }: { orphans: readonly ResourceJson[] | null }) {
  const [all, setAll] = useState(false);
  if (orphans === null) return <SkeletonRows rows={2} height={24} label="Looking for what nobody declared" />;
  const shown = all ? orphans : orphans.slice(0, FIRST_ORPHANS);
  return (
    <section className="section" aria-labelledby="orphans-title">
      <div className="section-head">
        <h3 id="orphans-title">Nobody declared</h3>
        <span className="muted num">{orphans.length}</span>
      </div>
      {orphans.length === 0 ? (
        <p className="muted">Everything in the namespaces of this stack belongs to a stack.</p>
      ) : (
        <ul className={`card ${classes.orphans}`}>
          {shown.map(({ address }) => (
            <li key={address}>
              <code>{address}</code>
            </li>
          ))}
        </ul>
      )}
      {shown.length < orphans.length && (
        <div>
          <Button variant="default" size="xs" onClick={() => setAll(true)}>
            Show all {orphans.length}
          </Button>
        </div>
      )}
    </section>
  );
}
