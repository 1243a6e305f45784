import { IconCompass } from '@tabler/icons-react';
import { Link } from 'react-router';
import { Notice } from '../ui/notice.tsx';
import { PageTitle } from '../ui/page-title.tsx';

/** What an address shows that leads nowhere. */
export function NotFoundPage({ what = 'This page' }: { what?: string }) {
  return (
    <div className="page">
      <PageTitle parts={['Not found']} />
      <h1>Not found</h1>
      <Notice icon={<IconCompass size={22} aria-hidden />} title={`${what} does not exist`}>
        <p>
          It may have been renamed or removed from the config. The <Link to="/">dashboard</Link> lists
          everything that is known.
        </p>
      </Notice>
    </div>
  );
}
