import { useQuery } from '@tanstack/react-query';
import { useApi } from '../../api/api-context.ts';
import { Commit } from '../../ui/commit.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { backupsQuery } from './get-attempts.ts';
import classes from './attempts.module.css';

/** The states that were saved before attempts: what a rollback can return to. Their content stays on the server. */
export function BackupList({ repo, stack }: { repo: string; stack: string }) {
  const backups = useQuery(backupsQuery(useApi(), repo, stack)).data ?? [];
  if (backups.length === 0) return null;
  return (
    <details className={`card ${classes.backups}`}>
      <summary>
        Saved states <span className="muted num">{backups.length}</span>
      </summary>
      <ul>
        {backups.map((backup) => (
          <li key={backup.id} className={classes.backup}>
            <RelativeTime at={backup.created_at} />
            <span className="num">serial {backup.serial}</span>
            <Commit sha={backup.commit} />
            <code className={classes.id}>{backup.id}</code>
          </li>
        ))}
      </ul>
    </details>
  );
}
