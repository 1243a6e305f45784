import { ActionIcon, Kbd, Switch } from '@mantine/core';
import { IconKeyboard } from '@tabler/icons-react';
import { useState } from 'react';
import { Dialog } from '../ui/dialog.tsx';
import { SHORTCUTS } from './shortcuts.ts';
import type { ShortcutsSetting } from './use-shortcuts.ts';
import classes from './help-dialog.module.css';

/** The button and the dialog that list the keyboard shortcuts. */
export function HelpDialog({ shortcuts }: { shortcuts: ShortcutsSetting }) {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label="Keyboard shortcuts"
        title="Keyboard shortcuts (?)"
        data-shortcut="help"
        onClick={() => setOpened(true)}
      >
        <IconKeyboard size={19} aria-hidden />
      </ActionIcon>
      <Dialog opened={opened} onClose={() => setOpened(false)} title="Keyboard shortcuts">
        <dl className={classes.list}>
          {SHORTCUTS.map((shortcut) => (
            <div key={shortcut.keys.join(' ')} className={classes.row}>
              <dt>
                {shortcut.keys.map((key) => (
                  <Kbd key={key}>{key}</Kbd>
                ))}
              </dt>
              <dd>{shortcut.does}</dd>
            </div>
          ))}
        </dl>
        <Switch
          label="Single-key shortcuts"
          checked={shortcuts.enabled}
          onChange={(event) => shortcuts.setEnabled(event.currentTarget.checked)}
        />
      </Dialog>
    </>
  );
}
