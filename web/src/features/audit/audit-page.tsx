import { useSearchParams } from 'react-router';
import { PageTitle } from '../../ui/page-title.tsx';
import { auditQueryOf, parseAuditFilters, writeAuditFilters } from './audit-filters.ts';
import { AuditFilterBar } from './audit-filter-bar.tsx';
import { AuditReport } from './audit-report.tsx';
import { AuditRecords } from './audit-records.tsx';
import { ExportButtons } from './export-buttons.tsx';
import { isCompliance } from './report-words.ts';
import { VerificationBanner } from './verification-banner.tsx';
import { ViewTabs } from './view-tabs.tsx';
import classes from './audit.module.css';

/** The audit log: whether its chain holds, its records by filters, exports, and reports for auditors. */
export function AuditPage() {
  const [params, setParams] = useSearchParams();
  const filters = parseAuditFilters(params);
  const asked = params.get('report');
  const report = isCompliance(asked) ? asked : null;
  const query = auditQueryOf(filters);
  return (
    <div className="page">
      <PageTitle parts={['Audit']} />
      <header className={classes.head}>
        <h1>Audit</h1>
        <ExportButtons query={query} />
      </header>
      <VerificationBanner />
      <ViewTabs
        chosen={report}
        onChoose={(next) =>
          setParams((now) => {
            const changed = new URLSearchParams(now);
            if (next === null) changed.delete('report');
            else changed.set('report', next);
            return changed;
          })
        }
      />
      <AuditFilterBar
        filters={filters}
        onlyTime={report !== null}
        onChange={(next) => setParams((now) => writeAuditFilters(now, next), { replace: true })}
      />
      {report === null ? (
        <AuditRecords filters={filters} />
      ) : (
        <AuditReport compliance={report} from={query['from']} to={query['to']} />
      )}
    </div>
  );
}
