import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useApi } from '../../api/api-context.ts';
import { reposQuery } from '../dashboard/get-repos.ts';
import { SearchBox } from '../stack-list/search-box.tsx';
import { AUDIT_ACTIONS } from './audit-actions.ts';
import { isNarrowed, type AuditFilters } from './audit-filters.ts';
import classes from './audit.module.css';

const NOTHING: AuditFilters = { actor: '', action: '', repo: '', from: '', to: '' };

/** By whom, what, where and when. A report is narrowed by time alone. */
export function AuditFilterBar({
  filters,
  onlyTime,
  onChange,
}: {
  filters: AuditFilters;
  onlyTime: boolean;
  onChange: (next: Partial<AuditFilters>) => void;
}) {
  const repos = useQuery(reposQuery(useApi())).data ?? [];
  const names = [...new Set([...repos.map(({ name }) => name), filters.repo])].filter((name) => name !== '');
  return (
    <div className={classes.filters} role="search" aria-label="Audit records">
      {!onlyTime && (
        <>
          <div className={classes.actor}>
            <SearchBox value={filters.actor} label="Who" onChange={(actor) => onChange({ actor })} />
          </div>
          <NativeSelect
            aria-label="What"
            data={[
              { value: '', label: 'Every action' },
              ...AUDIT_ACTIONS.map(({ value, label }) => ({ value, label })),
            ]}
            value={filters.action}
            onChange={(event) => onChange({ action: event.currentTarget.value })}
          />
          <NativeSelect
            aria-label="Repo"
            data={[
              { value: '', label: 'Every repo' },
              ...names.map((name) => ({ value: name, label: name })),
            ]}
            value={filters.repo}
            onChange={(event) => onChange({ repo: event.currentTarget.value })}
          />
        </>
      )}
      <TextInput
        type="date"
        aria-label="From day (UTC)"
        title="From day (UTC)"
        leftSection={<span className={classes.hint}>from</span>}
        leftSectionWidth={52}
        value={filters.from}
        onChange={(event) => onChange({ from: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        aria-label="To day (UTC)"
        title="To day (UTC)"
        leftSection={<span className={classes.hint}>to</span>}
        leftSectionWidth={52}
        value={filters.to}
        onChange={(event) => onChange({ to: event.currentTarget.value })}
      />
      {isNarrowed(filters) && (
        <Button variant="subtle" size="sm" onClick={() => onChange(NOTHING)}>
          Clear all
        </Button>
      )}
    </div>
  );
}
