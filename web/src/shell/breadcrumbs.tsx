import { Link } from 'react-router';
import { repoPage } from '../api/paths.ts';
import classes from './breadcrumbs.module.css';

/** The way from the dashboard to this page. */
export function Breadcrumbs({ repo, stack }: { repo: string; stack?: string }) {
  return (
    <nav aria-label="Breadcrumb">
      <ol className={classes.list}>
        <li>
          <Link to="/">Dashboard</Link>
        </li>
        <li>
          <Link
            to={repoPage(repo)}
            data-shortcut="repo"
            aria-current={stack === undefined ? 'page' : undefined}
          >
            {repo}
          </Link>
        </li>
        {stack !== undefined && (
          <li aria-current="page" className="muted">
            {stack}
          </li>
        )}
      </ol>
    </nav>
  );
}
