import { Button } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { ChangeJson } from '../../api/types.ts';
import { SEVERITY_ORDER } from '../../ui/status.ts';
import { ChangeCard } from './change-card.tsx';
import classes from './stack-page.module.css';

const OPENED_AT_FIRST = 8;
const FIRST_SHOWN = 100;

/** The changes that count, the worst first. The first few are open. */
export function ChangeList({ changes, applied }: { changes: readonly ChangeJson[]; applied: boolean }) {
  const sorted = useMemo(() => sortChanges(changes), [changes]);
  const [opened, setOpened] = useState<ReadonlySet<string>>(
    () => new Set(sorted.slice(0, OPENED_AT_FIRST).map((change) => change.address)),
  );
  const [showAll, setShowAll] = useState(false);
  const shown = showAll ? sorted : sorted.slice(0, FIRST_SHOWN);
  const allOpened = shown.every((change) => opened.has(change.address));
  const toggle = (address: string, open: boolean) =>
    setOpened((now) => {
      const next = new Set(now);
      if (open) next.add(address);
      else next.delete(address);
      return next;
    });

  return (
    <section className="section" aria-labelledby="changes-title">
      <div className="section-head">
        <h2 id="changes-title">{applied ? 'Changes that were applied' : 'Changes'}</h2>
        <span className="muted num">{changes.length}</span>
        <Button
          className={classes.headButton}
          variant="subtle"
          size="compact-sm"
          onClick={() => setOpened(new Set(allOpened ? [] : shown.map((change) => change.address)))}
        >
          {allOpened ? 'Close all' : 'Open all'}
        </Button>
      </div>
      <ul className="card">
        {shown.map((change) => (
          <ChangeCard
            key={change.address}
            change={change}
            applied={applied}
            opened={opened.has(change.address)}
            onToggle={(open) => toggle(change.address, open)}
          />
        ))}
      </ul>
      {shown.length < sorted.length && (
        <div>
          <Button variant="default" size="xs" onClick={() => setShowAll(true)}>
            Show all {sorted.length} changes
          </Button>
        </div>
      )}
    </section>
  );
}

function sortChanges(changes: readonly ChangeJson[]): ChangeJson[] {
  const rank = (change: ChangeJson) => SEVERITY_ORDER.indexOf(change.severity);
  return [...changes].sort((a, b) => rank(a) - rank(b) || (a.address < b.address ? -1 : 1));
}
