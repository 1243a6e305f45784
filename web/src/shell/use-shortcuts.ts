import { useLocalStorage } from '@mantine/hooks';
import { useEffect } from 'react';
import { useNavigate } from 'react-router';
import { matchShortcut, type ShortcutTarget } from './shortcuts.ts';

const SEQUENCE_MS = 1_200;

/** Whether single-key shortcuts are on, and how to change that (WCAG 2.1.4 asks for a way to turn them off). */
export interface ShortcutsSetting {
  enabled: boolean;
  setEnabled: (enabled: boolean) => void;
}

/** Listens for the shortcuts while they are on. Keys typed into a field, or with Ctrl, Alt or Meta, are left alone. */
export function useShortcuts(): ShortcutsSetting {
  const navigate = useNavigate();
  const [enabled, setEnabled] = useLocalStorage({
    key: 'plumbline.shortcuts',
    defaultValue: true,
    getInitialValueInEffect: false,
  });

  useEffect(() => {
    if (!enabled) return;
    let before: { key: string; at: number } | null = null;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target))
        return;
      if (document.querySelector('[role="dialog"]') !== null) return;
      const recent = before !== null && event.timeStamp - before.at < SEQUENCE_MS ? before.key : null;
      const shortcut = matchShortcut(event.key, recent);
      before = { key: event.key, at: event.timeStamp };
      if (!shortcut) return;
      event.preventDefault();
      act(shortcut.target, (to) => void navigate(to));
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [enabled, navigate]);

  return { enabled, setEnabled };
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]');
}

function act(target: ShortcutTarget, go: (to: string) => void): void {
  if (target.type === 'go') return go(target.to);
  if (target.type === 'row') return moveRow(target.step);
  const element = document.querySelector<HTMLElement>(target.selector);
  if (target.type === 'focus') element?.focus();
  else element?.click();
}

function moveRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row-link]')];
  const now = rows.findIndex((row) => row === document.activeElement);
  const next = now === -1 ? rows[0] : rows[now + step];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}
