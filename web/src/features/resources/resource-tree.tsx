import { Button } from '@mantine/core';
import { type CSSProperties, type KeyboardEvent, useMemo, useRef, useState } from 'react';
import { IconChevronRight } from '@tabler/icons-react';
import type { ResourceJson } from '../../api/types.ts';
import badge from '../../ui/status-badge.module.css';
import { type ResourceRow, resourceRows } from './resource-rows.ts';
import { HEALTH_LOOKS, type Look, SYNC_LOOKS } from './resource-words.ts';
import classes from './resources.module.css';

const FIRST_SHOWN = 250;

/**
 * A tree to be gone through with the arrow keys: right opens, left closes or goes up, Enter shows the details. Only one row is
 * in the order of the Tab key.
 */
export function ResourceTree({
  resources,
  filter,
  selected,
  onSelect,
}: {
  resources: readonly ResourceJson[];
  filter: { text: string; attention: boolean };
  selected: string | null;
  onSelect: (address: string) => void;
}) {
  const [opened, setOpened] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [focused, setFocused] = useState<string | null>(null);
  const [showAll, setShowAll] = useState(false);
  const tree = useRef<HTMLDivElement>(null);
  const { text, attention } = filter;
  const all = useMemo(
    () => resourceRows(resources, { opened, text, attention }),
    [resources, opened, text, attention],
  );
  const rows = showAll ? all : all.slice(0, FIRST_SHOWN);
  const inTabOrder = rows.some(({ resource }) => resource.address === focused)
    ? focused
    : (rows[0]?.resource.address ?? null);

  const open = (address: string, isOpen: boolean) => setOpened((now) => new Map([...now, [address, isOpen]]));
  const focus = (row: ResourceRow | undefined) => {
    if (row === undefined) return;
    setFocused(row.resource.address);
    const index = rows.indexOf(row);
    tree.current?.querySelectorAll<HTMLElement>('[role="treeitem"]')[index]?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const index = rows.findIndex(({ resource }) => resource.address === inTabOrder);
    const row = rows[index];
    if (row === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    const moves: Record<string, () => void> = {
      ArrowDown: () => focus(rows[index + 1]),
      ArrowUp: () => focus(rows[index - 1]),
      Home: () => focus(rows[0]),
      End: () => focus(rows.at(-1)),
      ArrowRight: () => (row.expanded === false ? open(row.resource.address, true) : focusChild(row)),
      ArrowLeft: () => (row.expanded === true ? open(row.resource.address, false) : focusParent(row)),
      Enter: () => onSelect(row.resource.address),
      ' ': () => onSelect(row.resource.address),
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    move();
  };
  const focusChild = (row: ResourceRow) => {
    if (row.expanded === true) focus(rows[rows.indexOf(row) + 1]);
  };
  const focusParent = (row: ResourceRow) =>
    focus(rows.find(({ resource }) => resource.address === row.resource.parent));

  if (rows.length === 0)
    return (
      <p className="muted">
        {resources.length === 0
          ? 'The stack has no objects.'
          : attention && text === ''
            ? 'Nothing needs a look.'
            : 'Nothing fits.'}
      </p>
    );
  return (
    <div className={classes.pane}>
      <div className={`card ${classes.tree}`} role="tree" aria-label="Resources" ref={tree}>
        {rows.map((row) => (
          <TreeItem
            key={row.resource.address}
            row={row}
            tabIndex={row.resource.address === inTabOrder ? 0 : -1}
            selected={row.resource.address === selected}
            onOpen={(isOpen) => open(row.resource.address, isOpen)}
            onKeyDown={onKeyDown}
            onSelect={() => {
              setFocused(row.resource.address);
              onSelect(row.resource.address);
            }}
          />
        ))}
      </div>
      {rows.length < all.length && (
        <Button variant="default" size="xs" onClick={() => setShowAll(true)}>
          Show all {all.length} rows
        </Button>
      )}
    </div>
  );
}

function TreeItem({
  row,
  tabIndex,
  selected,
  onOpen,
  onKeyDown,
  onSelect,
}: {
  row: ResourceRow;
  tabIndex: 0 | -1;
  selected: boolean;
  onOpen: (opened: boolean) => void;
  onKeyDown: (event: KeyboardEvent) => void;
  onSelect: () => void;
}) {
  const { resource, level, position, siblings, expanded } = row;
  const { kind, name, namespace, sync, health, hook } = resource;
  return (
    <div
      className={classes.row}
      role="treeitem"
      aria-level={level}
      aria-posinset={position}
      aria-setsize={siblings}
      aria-selected={selected}
      {...(expanded === null ? {} : { 'aria-expanded': expanded })}
      tabIndex={tabIndex}
      style={{ '--level': level - 1 } as CSSProperties}
      onClick={onSelect}
      onKeyDown={onKeyDown}
    >
      <span
        className={classes.chevron}
        data-expanded={expanded ?? undefined}
        aria-hidden
        onClick={(event) => {
          if (expanded === null) return;
          event.stopPropagation();
          onOpen(!expanded);
        }}
      >
        {expanded !== null && <IconChevronRight size={15} />}
      </span>
      <span className={classes.kind}>{kind}</span>
      <span className={classes.name} title={resource.address}>
        {name}
        {level === 1 && namespace !== '' && <span className={classes.namespace}> {namespace}</span>}
      </span>
      {hook && <span className={classes.hook}>hook</span>}
      <span className={classes.sync}>{sync !== null && <Word look={SYNC_LOOKS[sync]} />}</span>
      <span className={classes.health}>{health !== null && <Word look={HEALTH_LOOKS[health.status]} />}</span>
    </div>
  );
}

function Word({ look }: { look: Look }) {
  return (
    <span className={`${badge.badge} ${classes.word}`} data-tone={look.tone} title={look.meaning}>
      {look.label}
    </span>
  );
}
