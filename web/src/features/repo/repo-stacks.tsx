import { useQuery } from '@tanstack/react-query';
import { IconFilterOff, IconRadar2 } from '@tabler/icons-react';
import { useApi } from '../../api/api-context.ts';
import type { RepoDetailJson } from '../../api/types.ts';
import { Notice } from '../../ui/notice.tsx';
import { QueryFailure } from '../../ui/query-failure.tsx';
import { SkeletonRows } from '../../ui/skeleton-rows.tsx';
import { FilterBar } from '../stack-list/filter-bar.tsx';
import { StackTable } from '../stack-list/stack-table.tsx';
import { useStackList } from '../stack-list/use-stack-list.ts';
import { repoStacksQuery } from './get-repo-stacks.ts';

/** The repo's stacks, with search and filters. */
export function RepoStacks({ repo }: { repo: RepoDetailJson }) {
  const stacks = useQuery(repoStacksQuery(useApi(), repo.name, repo.active_task !== null));
  const all = stacks.data ?? [];
  const list = useStackList(all);
  return (
    <section className="section" aria-labelledby="stacks-title">
      <div className="section-head">
        <h2 id="stacks-title">Stacks</h2>
        {all.length > 0 && (
          <span className="muted num" role="status">
            {list.matching.length === all.length
              ? `${all.length.toLocaleString('en')} stacks`
              : `${list.matching.length.toLocaleString('en')} of ${all.length.toLocaleString('en')} stacks`}
          </span>
        )}
      </div>
      {stacks.data === undefined ? (
        stacks.isError ? (
          <QueryFailure what="The stacks" error={stacks.error} retry={() => void stacks.refetch()} />
        ) : (
          <SkeletonRows rows={5} height={48} label="Loading the stacks" />
        )
      ) : all.length === 0 ? (
        <NeverScanned scanning={repo.active_task !== null} scanned={repo.last_task !== null} />
      ) : (
        <>
          <FilterBar stacks={all} list={list} byRepo={false} />
          {list.matching.length === 0 ? (
            <Notice icon={<IconFilterOff size={22} aria-hidden />} title="No stack matches">
              <p>Take a filter away, or search for something else.</p>
            </Notice>
          ) : (
            <StackTable
              stacks={list.matching}
              order={list.order}
              sortBy={list.sortBy}
              showRepo={false}
              label={`Stacks of ${repo.name}`}
            />
          )}
        </>
      )}
    </section>
  );
}

function NeverScanned({ scanning, scanned }: { scanning: boolean; scanned: boolean }) {
  const title = scanning ? 'Looking for stacks' : scanned ? 'No stacks were found' : 'Not scanned yet';
  return (
    <Notice icon={<IconRadar2 size={22} aria-hidden />} title={title}>
      <p>
        {scanned && !scanning
          ? 'The last scan found no stack. Check the repo’s stacks, discovery and branch in the config, and the task history below.'
          : 'A scan finds the stacks of the newest commit and plans each of them. It changes nothing.'}
      </p>
    </Notice>
  );
}
