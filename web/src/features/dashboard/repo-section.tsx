import { Button } from '@mantine/core';
import { useState } from 'react';
import type { RepoJson, StackJson } from '../../api/types.ts';
import { isFiltered, type StackFilters } from '../stack-list/stack-filters.ts';
import { chooseRepos } from './choose-repos.ts';
import { RepoRow } from './repo-row.tsx';
import classes from './repo-section.module.css';

const FIRST_SHOWN = 12;

/** Every repo with its stacks by status. With filters, those that hold a matching stack. */
export function RepoSection({
  repos,
  matching,
  filters,
}: {
  repos: readonly RepoJson[];
  matching: readonly StackJson[];
  filters: StackFilters;
}) {
  const [showAll, setShowAll] = useState(false);
  const chosen = chooseRepos(repos, matching, filters);
  const shown = showAll ? chosen : chosen.slice(0, FIRST_SHOWN);
  return (
    <section className="section" aria-labelledby="repos-title">
      <div className="section-head">
        <h2 id="repos-title">Repos</h2>
        <span className="muted num">
          {isFiltered(filters) ? `${chosen.length} of ${repos.length}` : repos.length}
        </span>
      </div>
      {chosen.length === 0 ? (
        <p className="muted">No repo holds a stack that matches.</p>
      ) : (
        <ul className={`card ${classes.list}`}>
          {shown.map((repo) => (
            <RepoRow key={repo.name} repo={repo} />
          ))}
        </ul>
      )}
      {shown.length < chosen.length && (
        <div>
          <Button variant="default" size="xs" onClick={() => setShowAll(true)}>
            Show all {chosen.length} repos
          </Button>
        </div>
      )}
    </section>
  );
}
