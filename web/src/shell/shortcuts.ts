/** What a key does. `go` leaves the page; the others act on the first element that carries the mark. */
export type ShortcutTarget =
  | { type: 'go'; to: string }
  | { type: 'focus'; selector: string }
  | { type: 'click'; selector: string }
  | { type: 'row'; step: 1 | -1 };

/** One shortcut: the keys in order, what it does in words, and what it acts on. */
export interface Shortcut {
  keys: readonly string[];
  does: string;
  target: ShortcutTarget;
}

/** All shortcuts, in the order in which the help lists them. */
export const SHORTCUTS: readonly Shortcut[] = [
  {
    keys: ['/'],
    does: 'Search on this page',
    target: { type: 'focus', selector: '[data-shortcut="search"]' },
  },
  { keys: ['j'], does: 'Next stack in the list', target: { type: 'row', step: 1 } },
  { keys: ['k'], does: 'Previous stack in the list', target: { type: 'row', step: -1 } },
  {
    keys: ['s'],
    does: 'Go to the scan button',
    target: { type: 'focus', selector: '[data-shortcut="scan"]' },
  },
  { keys: ['g', 'd'], does: 'Go to the dashboard', target: { type: 'go', to: '/' } },
  { keys: ['g', 'a'], does: 'Go to the approvals', target: { type: 'go', to: '/approvals' } },
  { keys: ['g', 'e'], does: 'Go to the environments', target: { type: 'go', to: '/environments' } },
  { keys: ['g', 'l'], does: 'Go to the audit log', target: { type: 'go', to: '/audit' } },
  {
    keys: ['g', 'r'],
    does: 'Go to the repo of this stack',
    target: { type: 'click', selector: '[data-shortcut="repo"]' },
  },
  {
    keys: ['t'],
    does: 'Light or dark theme',
    target: { type: 'click', selector: '[data-shortcut="theme"]' },
  },
  { keys: ['?'], does: 'Show this help', target: { type: 'click', selector: '[data-shortcut="help"]' } },
];

/** The shortcut that is complete with `key` after `before` (the key pressed just before), if any. */
export function matchShortcut(key: string, before: string | null): Shortcut | undefined {
  const pair = SHORTCUTS.find(
    (shortcut) => shortcut.keys.length === 2 && shortcut.keys[0] === before && shortcut.keys[1] === key,
  );
  return pair ?? SHORTCUTS.find((shortcut) => shortcut.keys.length === 1 && shortcut.keys[0] === key);
}
