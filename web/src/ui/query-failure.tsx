import { Button } from '@mantine/core';
import { IconLock, IconPlugConnectedX } from '@tabler/icons-react';
import { isUnauthorized, messageOf } from '../api/api-error.ts';
import { useSignIn } from '../api/sign-in-context.ts';
import { Notice } from './notice.tsx';

/** What stands where data should be when none could be had. */
export function QueryFailure({ what, error, retry }: { what: string; error: unknown; retry: () => void }) {
  const signIn = useSignIn();
  if (isUnauthorized(error)) {
    return (
      <Notice
        icon={<IconLock size={22} aria-hidden />}
        title={`${what} can be seen once you have signed in`}
        action={
          <Button size="xs" variant="default" onClick={signIn}>
            Sign in
          </Button>
        }
      >
        <p>This server asks for a token.</p>
      </Notice>
    );
  }
  return (
    <Notice
      tone="error"
      role="alert"
      icon={<IconPlugConnectedX size={22} aria-hidden />}
      title={`${what} could not be loaded`}
      action={
        <Button size="xs" variant="default" onClick={retry}>
          Try again
        </Button>
      }
    >
      <p>{messageOf(error)}</p>
    </Notice>
  );
}
