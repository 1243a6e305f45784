import { Button, NativeSelect } from '@mantine/core';
import { useMemo } from 'react';
import type { Severity, StackJson } from '../../api/types.ts';
import { SEVERITY_ORDER, STATUS_LOOKS } from '../../ui/status.ts';
import { FilterMenu, type FilterOption } from './filter-menu.tsx';
import { SearchBox } from './search-box.tsx';
import { countByFilter, isFiltered, STATUS_FILTERS, type StatusFilter } from './stack-filters.ts';
import { parseOrder, type StackOrder } from './stack-order.ts';
import type { StackList } from './use-stack-list.ts';
import classes from './filter-bar.module.css';

const NOTHING = { q: '', status: [], severity: [], kind: [], repo: [] };

const ORDERS: readonly { value: string; label: string }[] = [
  { value: '-severity', label: 'Most severe first' },
  { value: '-status', label: 'By status' },
  { value: 'stack', label: 'By name' },
  { value: '-drift', label: 'Most drift first' },
  { value: '-pending', label: 'Most pending first' },
  { value: '-scanned', label: 'Newest scan first' },
  { value: 'scanned', label: 'Oldest scan first' },
];

/** Search and filters of a list of stacks. The choices are those that occur in `stacks`. */
export function FilterBar({
  stacks,
  list,
  byRepo,
}: {
  stacks: readonly StackJson[];
  list: StackList;
  byRepo: boolean;
}) {
  const { filters, setFilters } = list;
  const options = useMemo(
    () => ({
      status: statusOptions(stacks),
      severity: severityOptions(stacks),
      kind: countOptions(stacks.map((stack) => stack.kind)),
      repo: countOptions(stacks.map((stack) => stack.repo)),
    }),
    [stacks],
  );
  return (
    <div className={classes.bar} role="search" aria-label="Stacks">
      <div className={classes.search}>
        <SearchBox value={filters.q} label="Search stacks" onChange={(q) => setFilters({ q })} />
      </div>
      <FilterMenu
        label="Status"
        options={options.status}
        chosen={filters.status}
        onChange={(status) => setFilters({ status: status as StatusFilter[] })}
      />
      <FilterMenu
        label="Severity"
        options={options.severity}
        chosen={filters.severity}
        onChange={(severity) => setFilters({ severity: severity as Severity[] })}
      />
      {(options.kind.length > 1 || filters.kind.length > 0) && (
        <FilterMenu
          label="Kind"
          options={options.kind}
          chosen={filters.kind}
          onChange={(kind) => setFilters({ kind })}
        />
      )}
      {byRepo && (options.repo.length > 1 || filters.repo.length > 0) && (
        <FilterMenu
          label="Repo"
          options={options.repo}
          chosen={filters.repo}
          onChange={(repo) => setFilters({ repo })}
        />
      )}
      {isFiltered(filters) && (
        <Button variant="subtle" size="sm" fw={500} onClick={() => setFilters(NOTHING)}>
          Clear all
        </Button>
      )}
      <NativeSelect
        className={classes.order}
        aria-label="Order"
        data={[...ORDERS]}
        value={orderValue(list.order)}
        onChange={(event) => list.setOrder(parseOrder(event.currentTarget.value))}
      />
    </div>
  );
}

function orderValue(order: StackOrder): string {
  return `${order.descending ? '-' : ''}${order.key}`;
}

function statusOptions(stacks: readonly StackJson[]): FilterOption[] {
  const counts = countByFilter(stacks);
  return STATUS_FILTERS.map((value) => ({ value, label: STATUS_LOOKS[value].label, count: counts[value] }));
}

function severityOptions(stacks: readonly StackJson[]): FilterOption[] {
  return SEVERITY_ORDER.map((value) => ({
    value,
    label: value.charAt(0).toUpperCase() + value.slice(1),
    count: stacks.filter((stack) => stack.severity === value).length,
  }));
}

function countOptions(values: readonly string[]): FilterOption[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([value, count]) => ({ value, label: value, count }));
}
