import { useDeferredValue, useMemo } from 'react';
import { useSearchParams } from 'react-router';
import type { StackJson } from '../../api/types.ts';
import { matchesFilters, parseFilters, writeFilters, type StackFilters } from './stack-filters.ts';
import {
  nextOrder,
  parseOrder,
  sortStacks,
  writeOrder,
  type SortKey,
  type StackOrder,
} from './stack-order.ts';

/** The list's filters and order, whose one source is the URL, and the stacks that remain. */
export interface StackList {
  filters: StackFilters;
  order: StackOrder;
  matching: StackJson[];
  setFilters: (filters: Partial<StackFilters>) => void;
  setOrder: (order: StackOrder) => void;
  sortBy: (key: SortKey) => void;
}

/** Narrows and orders `stacks` as the URL says. Typing stays ahead of the list, which follows when there is time. */
export function useStackList(stacks: readonly StackJson[]): StackList {
  const [params, setParams] = useSearchParams();
  const query = params.toString();
  const { filters, order } = useMemo(() => {
    const now = new URLSearchParams(query);
    return { filters: parseFilters(now), order: parseOrder(now.get('sort')) };
  }, [query]);
  const lateFilters = useDeferredValue(filters);
  const lateOrder = useDeferredValue(order);
  const matching = useMemo(
    () =>
      sortStacks(
        stacks.filter((stack) => matchesFilters(stack, lateFilters)),
        lateOrder,
      ),
    [stacks, lateFilters, lateOrder],
  );
  const setOrder = (next: StackOrder) =>
    setParams(
      (now) => {
        const text = writeOrder(next);
        const changed = new URLSearchParams(now);
        if (text === '') changed.delete('sort');
        else changed.set('sort', text);
        return changed;
      },
      { replace: true },
    );
  return {
    filters,
    order,
    matching,
    setFilters: (next) => setParams((now) => writeFilters(now, next), { replace: true }),
    setOrder,
    sortBy: (key) => setOrder(nextOrder(order, key)),
  };
}
