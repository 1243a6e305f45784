import { IconChecks, IconFilterOff } from '@tabler/icons-react';
import type { StackJson } from '../../api/types.ts';
import { Notice } from '../../ui/notice.tsx';
import { FilterBar } from '../stack-list/filter-bar.tsx';
import { isFiltered } from '../stack-list/stack-filters.ts';
import { StackTable } from '../stack-list/stack-table.tsx';
import type { StackList } from '../stack-list/use-stack-list.ts';
import type { Attention } from './attention.ts';

/** The stacks that need attention, of all repos, with search and filters. */
export function AttentionSection({
  stacks,
  list,
  attention,
}: {
  stacks: readonly StackJson[];
  list: StackList;
  attention: Attention;
}) {
  const title = attention.mode === 'attention' ? 'Stacks that need attention' : 'Stacks';
  return (
    <section className="section" aria-labelledby="stacks-title">
      <div className="section-head">
        <h2 id="stacks-title">{title}</h2>
        <span className="muted num" role="status">
          {attention.stacks.length.toLocaleString('en')} of {stacks.length.toLocaleString('en')} stacks
        </span>
      </div>
      {stacks.length > 0 && <FilterBar stacks={stacks} list={list} byRepo />}
      {attention.stacks.length > 0 ? (
        <StackTable
          stacks={attention.stacks}
          order={list.order}
          sortBy={list.sortBy}
          showRepo
          label={title}
        />
      ) : (
        <NoStacks known={stacks.length > 0} filtered={isFiltered(list.filters)} />
      )}
    </section>
  );
}

function NoStacks({ known, filtered }: { known: boolean; filtered: boolean }) {
  if (filtered) {
    return (
      <Notice icon={<IconFilterOff size={22} aria-hidden />} title="No stack matches">
        <p>Take a filter away, or search for something else.</p>
      </Notice>
    );
  }
  return (
    <Notice
      icon={<IconChecks size={22} aria-hidden />}
      title={known ? 'Everything is in sync' : 'Nothing has been scanned yet'}
    >
      <p>
        {known
          ? 'No stack has drifted, waits for an apply or failed to plan.'
          : 'Open a repo and scan it: its stacks are found in its newest commit.'}
      </p>
    </Notice>
  );
}
