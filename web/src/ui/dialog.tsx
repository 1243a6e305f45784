import { CloseButton, Modal } from '@mantine/core';
import { useId, type ReactNode } from 'react';
import classes from './dialog.module.css';

/** A modal dialog with a title. Escape, the close button and a click outside close it. */
export function Dialog({
  opened,
  onClose,
  title,
  children,
}: {
  opened: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <Modal.Root opened={opened} onClose={onClose} lockScroll={false} transitionProps={{ duration: 0 }}>
      <Modal.Overlay />
      <Modal.Content aria-labelledby={id}>
        <Modal.Body>
          {/* Mantine's own header is a second banner to screen readers. */}
          <div className={classes.head}>
            <h2 id={id}>{title}</h2>
            <CloseButton aria-label="Close" onClick={onClose} />
          </div>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
