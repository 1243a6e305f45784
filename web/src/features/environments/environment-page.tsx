import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { isNotFound } from '../../api/api-error.ts';
import { useApi } from '../../api/api-context.ts';
import type { EnvironmentDetailJson } from '../../api/types.ts';
import { Breadcrumbs } from '../../shell/breadcrumbs.tsx';
import { NotFoundPage } from '../../shell/not-found-page.tsx';
import { PageTitle } from '../../ui/page-title.tsx';
import { QueryFailure } from '../../ui/query-failure.tsx';
import { SkeletonRows } from '../../ui/skeleton-rows.tsx';
import { SyncButton } from '../sync/sync-button.tsx';
import { EnvironmentCounts } from './environment-counts.tsx';
import { EnvironmentHolds } from './environment-holds.tsx';
import { EnvironmentMembers } from './environment-members.tsx';
import { environmentQuery } from './get-environments.ts';
import { PauseButton } from './pause-button.tsx';
import { policyRules } from './policy-words.ts';
import classes from './environments.module.css';

/** One environment: its policy in words, its stacks, what holds it, and the buttons that sync and pause it. */
export function EnvironmentPage() {
  const name = useParams()['name'] ?? '';
  const environment = useQuery(environmentQuery(useApi(), name));
  if (environment.data === undefined && isNotFound(environment.error)) {
    return <NotFoundPage what={`The environment ${name}`} />;
  }
  return (
    <div className="page">
      <PageTitle parts={[name, 'Environments']} />
      <Breadcrumbs
        way={[{ name: 'Environments', to: '/environments' }]}
        here={environment.data?.name ?? name}
      />
      {environment.data === undefined ? (
        <>
          <h1>{name}</h1>
          {environment.isError ? (
            <QueryFailure
              what={`The environment ${name}`}
              error={environment.error}
              retry={() => void environment.refetch()}
            />
          ) : (
            <SkeletonRows rows={5} height={56} label={`Loading ${name}`} />
          )}
        </>
      ) : (
        <Detail environment={environment.data} />
      )}
    </div>
  );
}

function Detail({ environment }: { environment: EnvironmentDetailJson }) {
  const { name, hold } = environment;
  const whole = { kind: 'pause', scope: 'environment', repo: null, name } as const;
  return (
    <>
      <header className={classes.head}>
        <div>
          <h1>{name}</h1>
          {environment.aliases.length > 0 && (
            <p className="muted">also called {environment.aliases.join(', ')}</p>
          )}
        </div>
        <div className={classes.buttons}>
          <SyncButton target={{ environment: name }} name={name} />
          {hold === null && <PauseButton verb="pause" scope={whole} what={name} />}
        </div>
      </header>
      <EnvironmentCounts environment={environment} />
      <EnvironmentHolds holds={environment.holds} />
      <div className={classes.grid}>
        <EnvironmentMembers environment={environment} />
        <section className="section" aria-labelledby="policy-title">
          <h2 id="policy-title">Policy</h2>
          <dl className={`card ${classes.rules}`}>
            {policyRules(environment.policy).map((rule) => (
              <div key={rule.topic}>
                <dt>{rule.topic}</dt>
                {rule.says.map((sentence) => (
                  <dd key={sentence}>{sentence}</dd>
                ))}
              </div>
            ))}
          </dl>
        </section>
      </div>
    </>
  );
}
