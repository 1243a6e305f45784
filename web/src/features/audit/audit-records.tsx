import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { IconFilterOff, IconNotebook } from '@tabler/icons-react';
import { useApi } from '../../api/api-context.ts';
import { Notice } from '../../ui/notice.tsx';
import { QueryFailure } from '../../ui/query-failure.tsx';
import { SkeletonRows } from '../../ui/skeleton-rows.tsx';
import { auditQueryOf, isNarrowed, type AuditFilters } from './audit-filters.ts';
import { AuditRow } from './audit-row.tsx';
import { auditQuery } from './get-audit.ts';
import classes from './audit.module.css';

/** The records that the filters leave, newest first. */
export function AuditRecords({ filters }: { filters: AuditFilters }) {
  const log = useInfiniteQuery(auditQuery(useApi(), auditQueryOf(filters)));
  const records = log.data?.pages.flatMap((page) => page.records);
  if (records === undefined) {
    return log.isError ? (
      <QueryFailure what="The audit log" error={log.error} retry={() => void log.refetch()} />
    ) : (
      <SkeletonRows rows={10} height={40} label="Loading the audit log" />
    );
  }
  if (records.length === 0) {
    return isNarrowed(filters) ? (
      <Notice icon={<IconFilterOff size={22} aria-hidden />} title="No record matches">
        <p>Take a filter away, or look at another time.</p>
        {filters.actor !== '' && <p>Names are looked for in full, such as alice@example.com.</p>}
      </Notice>
    ) : (
      <Notice icon={<IconNotebook size={22} aria-hidden />} title="Nothing is recorded yet">
        <p>Every trigger, decision, apply, rollback and refused attempt will stand here.</p>
      </Notice>
    );
  }
  return (
    <section className="section" aria-labelledby="records-title">
      <div className="section-head">
        <h2 id="records-title">Records</h2>
        <span className="muted num" role="status">
          {records.length.toLocaleString('en')} shown
        </span>
      </div>
      <ol className={`card ${classes.records}`} reversed>
        {records.map((record) => (
          <AuditRow key={record.seq} record={record} />
        ))}
      </ol>
      {log.hasNextPage && (
        <div>
          <Button
            variant="default"
            size="xs"
            loading={log.isFetchingNextPage}
            onClick={() => void log.fetchNextPage()}
          >
            Show older records
          </Button>
        </div>
      )}
    </section>
  );
}
