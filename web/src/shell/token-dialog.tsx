import { Button, PasswordInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { Dialog } from '../ui/dialog.tsx';

/** Asks for an API token after the server answered 401. The token stays in this tab's session. */
export function TokenDialog({
  opened,
  rejected,
  onSubmit,
  onClose,
}: {
  opened: boolean;
  rejected: boolean;
  onSubmit: (token: string) => void;
  onClose: () => void;
}) {
  const [token, setToken] = useState('');
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (token.trim() === '') return;
    onSubmit(token.trim());
    setToken('');
  };
  return (
    <Dialog opened={opened} onClose={onClose} title="A token is needed">
      <form onSubmit={submit}>
        <PasswordInput
          data-autofocus
          label="API token"
          description="This server asks for one of the tokens of its config. It is kept in this tab only and is gone when the tab is closed."
          error={rejected ? 'The server refused the token that was given.' : undefined}
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
          autoComplete="off"
          visibilityToggleButtonProps={{ 'aria-label': 'Show the token' }}
        />
        <Button type="submit" mt="md" fullWidth>
          Use this token
        </Button>
      </form>
    </Dialog>
  );
}
