import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconLink, IconLinkOff } from '@tabler/icons-react';
import { useApi } from '../../api/api-context.ts';
import { Notice } from '../../ui/notice.tsx';
import { QueryFailure } from '../../ui/query-failure.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { SkeletonRows } from '../../ui/skeleton-rows.tsx';
import { verificationQuery } from './get-audit.ts';
import { verificationWords } from './verification-words.ts';

/** Whether the chain of records holds: up to where it is signed and anchored, or where it is broken. */
export function VerificationBanner() {
  const verification = useQuery(verificationQuery(useApi()));
  const found = verification.data;
  if (found === undefined) {
    return verification.isError ? (
      <QueryFailure
        what="The verification"
        error={verification.error}
        retry={() => void verification.refetch()}
      />
    ) : (
      <SkeletonRows rows={1} height={76} label="Verifying the chain" />
    );
  }
  const words = verificationWords(found);
  return (
    <Notice
      tone={words.tone}
      role={words.tone === 'error' ? 'alert' : 'status'}
      icon={
        words.tone === 'error' ? <IconLinkOff size={22} aria-hidden /> : <IconLink size={22} aria-hidden />
      }
      title={words.title}
      action={
        <Button
          size="xs"
          variant="default"
          loading={verification.isFetching}
          onClick={() => void verification.refetch()}
        >
          Verify again
        </Button>
      }
    >
      {words.says.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <p>
        {found.records.toLocaleString('en')} {found.records === 1 ? 'record' : 'records'} checked{' '}
        <RelativeTime at={found.checked_at} />.
      </p>
    </Notice>
  );
}
