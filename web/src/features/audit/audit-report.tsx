import { useQuery } from '@tanstack/react-query';
import { IconAlertTriangle, IconChecks } from '@tabler/icons-react';
import { useApi } from '../../api/api-context.ts';
import type { AuditReportJson, Compliance } from '../../api/types.ts';
import { Notice } from '../../ui/notice.tsx';
import { QueryFailure } from '../../ui/query-failure.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { SkeletonRows } from '../../ui/skeleton-rows.tsx';
import { reportQuery } from './get-audit.ts';
import { ReportControls } from './report-controls.tsx';
import { FRAMEWORKS, kindWords } from './report-words.ts';
import classes from './audit.module.css';

/** The report of one framework: what an auditor will ask about first, then each control with its evidence. */
export function AuditReport({
  compliance,
  from,
  to,
}: {
  compliance: Compliance;
  from: string | undefined;
  to: string | undefined;
}) {
  const span = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const report = useQuery(reportQuery(useApi(), compliance, span));
  if (report.data === undefined) {
    return report.isError ? (
      <QueryFailure what="The report" error={report.error} retry={() => void report.refetch()} />
    ) : (
      <SkeletonRows rows={5} height={64} label={`Making the ${FRAMEWORKS[compliance]} report`} />
    );
  }
  return (
    <>
      <Summary report={report.data} />
      <Exceptions exceptions={report.data.exceptions} />
      {report.data.frameworks.map((framework) => (
        <ReportControls key={framework.id} framework={framework} />
      ))}
    </>
  );
}

function Summary({ report }: { report: AuditReportJson }) {
  return (
    <section className="section" aria-label="Summary">
      <dl className={`card ${classes.summary}`}>
        {Object.entries(report.summary).map(([label, count]) => (
          <div key={label} data-alarm={(label === 'exceptions' && count > 0) || undefined}>
            <dt>{label}</dt>
            <dd className="num">{count.toLocaleString('en')}</dd>
          </div>
        ))}
      </dl>
      <p className="muted">
        Made <RelativeTime at={report.generated_at} /> for {report.generated_by},{' '}
        {report.from === null && report.to === null
          ? 'over all records'
          : `over ${report.from ?? 'the beginning'} to ${report.to ?? 'now'}`}
        .
      </p>
    </section>
  );
}

function Exceptions({ exceptions }: { exceptions: AuditReportJson['exceptions'] }) {
  return (
    <section className="section" aria-labelledby="exceptions-title">
      <div className="section-head">
        <h2 id="exceptions-title">Exceptions</h2>
        <span className="muted num">{exceptions.length}</span>
      </div>
      {exceptions.length === 0 ? (
        <Notice icon={<IconChecks size={22} aria-hidden />} title="No exceptions">
          <p>No change approved itself, went around its reviewers, or ended without a known result.</p>
        </Notice>
      ) : (
        <ul className={`card ${classes.records}`}>
          {exceptions.map((exception) => (
            <li key={`${exception.kind} ${exception.seq}`} className={classes.exception}>
              <span className={classes.kind}>
                <IconAlertTriangle size={15} aria-hidden />
                {kindWords(exception.kind)}
              </span>
              <span className={classes.message}>{exception.message}</span>
              <span className="muted">
                {exception.actor}, record {exception.seq}, <RelativeTime at={exception.at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
