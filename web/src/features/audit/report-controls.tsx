import type { AuditReportJson } from '../../api/types.ts';
import badge from '../../ui/status-badge.module.css';
import { actionLabel } from './audit-actions.ts';
import { CONTROL_LOOKS } from './report-words.ts';
import classes from './audit.module.css';

type Framework = AuditReportJson['frameworks'][number];
type Control = Framework['controls'][number];

/** A framework's controls, each with what Plumbline does for it and the records that bear witness. */
export function ReportControls({ framework }: { framework: Framework }) {
  const id = `framework-${framework.id}`;
  return (
    <section className="section" aria-labelledby={id}>
      <h2 id={id}>{framework.name}</h2>
      <ul className={`card ${classes.records}`}>
        {framework.controls.map((control) => (
          <ControlRow key={control.id} control={control} />
        ))}
      </ul>
    </section>
  );
}

function ControlRow({ control }: { control: Control }) {
  const look = CONTROL_LOOKS[control.status];
  const witnesses = `${control.evidence_count} ${control.evidence_count === 1 ? 'record' : 'records'}`;
  return (
    <li className={classes.control}>
      <span>
        <span className={badge.badge} data-tone={look.tone} data-filled>
          {look.label}
        </span>
      </span>
      <div>
        <h3>
          {control.id} {control.title}
        </h3>
        <p>{control.how}</p>
        {control.exceptions.length > 0 && (
          <p className={classes.alarm}>
            Exceptions at {control.exceptions.map((seq) => `record ${seq}`).join(', ')}
          </p>
        )}
        {control.evidence.length > 0 && (
          <details>
            <summary>{witnesses} of evidence</summary>
            <ul className={classes.evidence}>
              {control.evidence.map((item) => (
                <li key={item.seq}>
                  <span className="num">{item.seq}</span> {actionLabel(item.action)} by {item.actor},{' '}
                  <time dateTime={item.at}>{item.at}</time>
                </li>
              ))}
            </ul>
          </details>
        )}
      </div>
    </li>
  );
}
