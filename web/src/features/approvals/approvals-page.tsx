import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconFilterOff, IconMoodCheck } from '@tabler/icons-react';
import { useSearchParams } from 'react-router';
import { useApi } from '../../api/api-context.ts';
import type { ApprovalJson } from '../../api/types.ts';
import { Notice } from '../../ui/notice.tsx';
import { PageTitle } from '../../ui/page-title.tsx';
import { QueryFailure } from '../../ui/query-failure.tsx';
import { SkeletonRows } from '../../ui/skeleton-rows.tsx';
import { ApprovalCard } from './approval-card.tsx';
import {
  chooseApprovals,
  environmentsOf,
  joinApprovals,
  parseApprovalFilters,
  SHOW_OPTIONS,
  writeApprovalFilters,
  type ApprovalFilters,
} from './approval-filters.ts';
import { successorOf } from './approval-words.ts';
import { approvalsQuery } from './get-approvals.ts';
import classes from './approvals-page.module.css';

/** The inbox: every plan that waits for people, and what became of the earlier ones. */
export function ApprovalsPage() {
  const api = useApi();
  const approvals = useQuery(approvalsQuery(api));
  // Old ones never push one that waits out of the list.
  const waiting = useQuery(approvalsQuery(api, { status: 'waiting' })).data ?? [];
  const [params, setParams] = useSearchParams();
  const filters = parseApprovalFilters(params);
  return (
    <div className="page">
      <PageTitle parts={['Approvals']} />
      <h1>Approvals</h1>
      {approvals.data === undefined ? (
        approvals.isError ? (
          <QueryFailure what="The approvals" error={approvals.error} retry={() => void approvals.refetch()} />
        ) : (
          <SkeletonRows rows={4} height={180} label="Loading the approvals" />
        )
      ) : (
        <Inbox
          all={joinApprovals(approvals.data, waiting)}
          filters={filters}
          onChange={(next) => setParams((now) => writeApprovalFilters(now, next), { replace: true })}
        />
      )}
    </div>
  );
}

function Inbox({
  all,
  filters,
  onChange,
}: {
  all: readonly ApprovalJson[];
  filters: ApprovalFilters;
  onChange: (next: Partial<ApprovalFilters>) => void;
}) {
  const chosen = chooseApprovals(all, filters);
  const environments = [...new Set([...environmentsOf(all), filters.environment])].filter(
    (name) => name !== '',
  );
  return (
    <section className="section" aria-labelledby="inbox-title">
      <div className="section-head">
        <h2 id="inbox-title">Plans</h2>
        <span className="muted num" role="status">
          {chosen.length} of {all.length}
        </span>
      </div>
      <div className={classes.filters} role="search" aria-label="Approvals">
        <NativeSelect
          label="Show"
          data={SHOW_OPTIONS.map(({ value, label }) => ({ value, label }))}
          value={filters.show}
          onChange={(event) => onChange({ show: event.currentTarget.value as ApprovalFilters['show'] })}
        />
        <NativeSelect
          label="Environment"
          data={[{ value: '', label: 'All' }, ...environments.map((name) => ({ value: name, label: name }))]}
          value={filters.environment}
          onChange={(event) => onChange({ environment: event.currentTarget.value })}
        />
      </div>
      {chosen.length === 0 ? (
        <NothingHere known={all.length > 0} filters={filters} />
      ) : (
        <ul className={classes.list}>
          {chosen.map((approval) => (
            <li key={approval.id}>
              <ApprovalCard approval={approval} successor={successorOf(approval, all)} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function NothingHere({ known, filters }: { known: boolean; filters: ApprovalFilters }) {
  if (known && (filters.show !== 'open' || filters.environment !== '')) {
    return (
      <Notice icon={<IconFilterOff size={22} aria-hidden />} title="No approval matches">
        <p>Show another status or another environment.</p>
      </Notice>
    );
  }
  return (
    <Notice icon={<IconMoodCheck size={22} aria-hidden />} title="Nothing waits for you">
      <p>When a sync needs people to agree, its plan appears here and waits, while scans go on.</p>
    </Notice>
  );
}
