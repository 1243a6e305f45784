import { Link } from 'react-router';
import { repoPage } from '../api/paths.ts';
import classes from './breadcrumbs.module.css';

/** A page on the way to this one. */
export interface Crumb {
  name: string;
  to: string;
  /** What the page's shortcuts call it. */
  shortcut?: string;
}

/** The way to whatever belongs to a repo. */
export function crumbsOfRepo(repo: string): Crumb[] {
  return [DASHBOARD, { name: repo, to: repoPage(repo), shortcut: 'repo' }];
}

/** Where the way to a repo begins. */
export const DASHBOARD: Crumb = { name: 'Dashboard', to: '/' };

/** The way to this page, and its own name at the end. */
export function Breadcrumbs({ way, here }: { way: readonly Crumb[]; here: string }) {
  return (
    <nav aria-label="Breadcrumb">
      <ol className={classes.list}>
        {way.map(({ name, to, shortcut }) => (
          <li key={to}>
            <Link to={to} data-shortcut={shortcut}>
              {name}
            </Link>
          </li>
        ))}
        <li aria-current="page" className="muted">
          <bdi>{here}</bdi>
        </li>
      </ol>
    </nav>
  );
}
