import { CloseButton, Modal } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
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
  useFocusGivenBack(opened);
  return (
    <Modal.Root opened={opened} onClose={onClose} lockScroll={false} transitionProps={{ duration: 0 }}>
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body>
          {/* Mantine's own header is a second banner to screen readers. */}
          <div className={classes.head}>
            <Modal.Title className={classes.title}>{title}</Modal.Title>
            <CloseButton aria-label="Close" onClick={onClose} />
          </div>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

/** Mantine gives the focus back when a dialog closes, but not when an open one leaves the page. */
function useFocusGivenBack(opened: boolean): void {
  const [before] = useState(() => (opened ? document.activeElement : null));
  useEffect(() => {
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, [before]);
}
