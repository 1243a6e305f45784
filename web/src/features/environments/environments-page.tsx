import { useQuery } from '@tanstack/react-query';
import { IconPlayerPause, IconStack2 } from '@tabler/icons-react';
import { Link } from 'react-router';
import { useApi } from '../../api/api-context.ts';
import { environmentPage } from '../../api/paths.ts';
import type { EnvironmentJson } from '../../api/types.ts';
import { Notice } from '../../ui/notice.tsx';
import { PageTitle } from '../../ui/page-title.tsx';
import { QueryFailure } from '../../ui/query-failure.tsx';
import { SkeletonRows } from '../../ui/skeleton-rows.tsx';
import { EnvironmentCounts } from './environment-counts.tsx';
import { environmentsQuery } from './get-environments.ts';
import { policySummary } from './policy-words.ts';
import classes from './environments.module.css';

/** Every environment in its order of syncing: how it is kept and how it stands. */
export function EnvironmentsPage() {
  const environments = useQuery(environmentsQuery(useApi()));
  return (
    <div className="page">
      <PageTitle parts={['Environments']} />
      <h1>Environments</h1>
      {environments.data === undefined ? (
        environments.isError ? (
          <QueryFailure
            what="The environments"
            error={environments.error}
            retry={() => void environments.refetch()}
          />
        ) : (
          <SkeletonRows rows={3} height={90} label="Loading the environments" />
        )
      ) : environments.data.length === 0 ? (
        <Notice icon={<IconStack2 size={22} aria-hidden />} title="No environments yet">
          <p>
            Name them in the config, or keep stacks in folders such as <code>terraform/production</code>: they
            are found with the first scan.
          </p>
        </Notice>
      ) : (
        <ol className={`card ${classes.list}`} aria-label="Environments, in their order of syncing">
          {environments.data.map((environment) => (
            <EnvironmentRow key={environment.name} environment={environment} />
          ))}
        </ol>
      )}
    </div>
  );
}

function EnvironmentRow({ environment }: { environment: EnvironmentJson }) {
  return (
    <li className={classes.row}>
      <div className={classes.name}>
        <h2>
          <Link to={environmentPage(environment.name)} data-row-link>
            {environment.name}
          </Link>
        </h2>
        {environment.aliases.length > 0 && (
          <span className="muted">also {environment.aliases.join(', ')}</span>
        )}
      </div>
      <div className={classes.policy}>
        <span>{policySummary(environment.policy)}</span>
        {environment.hold !== null && (
          <span className={classes.held}>
            <IconPlayerPause size={15} aria-hidden />
            {environment.hold.kind === 'pin' ? 'Pinned' : 'Paused'}: {environment.hold.reason}
          </span>
        )}
      </div>
      <EnvironmentCounts environment={environment} />
    </li>
  );
}
