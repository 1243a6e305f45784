import { useState } from 'react';
import type { IgnoredChangeJson } from '../../api/types.ts';
import { ChangeCard } from './change-card.tsx';

/** Changes that a rule of the config ignores: shown with the reason, never hidden, not counted. */
export function IgnoredList({ changes }: { changes: readonly IgnoredChangeJson[] }) {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  if (changes.length === 0) return null;
  const toggle = (key: string, open: boolean) =>
    setOpened((now) => new Set(open ? [...now, key] : [...now].filter((other) => other !== key)));
  return (
    <section className="section" aria-labelledby="ignored-title">
      <div className="section-head">
        <h2 id="ignored-title">Ignored</h2>
        <span className="muted">{changes.length}, by rules of the config; not counted</span>
      </div>
      <ul className="card">
        {changes.map((change) => {
          const key = `${change.address} ${change.ignored.rule}`;
          return (
            <ChangeCard
              key={key}
              change={change}
              opened={opened.has(key)}
              onToggle={(open) => toggle(key, open)}
              note={ignoredNote(change)}
            />
          );
        })}
      </ul>
    </section>
  );
}

function ignoredNote({ ignored }: IgnoredChangeJson): string {
  const until = ignored.until === null ? '' : `, until ${ignored.until}`;
  return `Ignored: ${ignored.reason} (rule: ${ignored.rule}${until})`;
}
