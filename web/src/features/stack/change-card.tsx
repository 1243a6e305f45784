import { IconChevronRight } from '@tabler/icons-react';
import { Fragment } from 'react';
import type { ChangeJson } from '../../api/types.ts';
import { SeverityBadge } from '../../ui/severity-badge.tsx';
import { AttributeDiff } from './attribute-diff.tsx';
import { attributeName, groupAttributes } from './change-attributes.ts';
import { actionLook, causeWords } from './change-words.ts';
import classes from './change-card.module.css';

/** One change: what, how bad, why, and its attributes. `note` stands above them (why it is ignored, say). */
export function ChangeCard({
  change,
  opened,
  onToggle,
  note,
  applied = false,
}: {
  change: ChangeJson;
  opened: boolean;
  onToggle: (opened: boolean) => void;
  note?: string;
  applied?: boolean;
}) {
  const { sign, word } = actionLook(change.action);
  const cause = causeWords(change, applied);
  return (
    <li className={classes.item}>
      <details open={opened} onToggle={(event) => onToggle(event.currentTarget.open)}>
        <summary className={classes.summary}>
          <IconChevronRight size={15} className={classes.chevron} aria-hidden />
          <span className={classes.sign} data-action={change.action} title={word}>
            <span aria-hidden>{sign}</span>
            <span className="sr-only">{word}</span>
          </span>
          <code className={classes.address}>{change.address}</code>
          <span className={classes.cause} data-cause={cause.tone}>
            {cause.label}
          </span>
          <span className={classes.severity}>
            <SeverityBadge severity={change.severity} title={change.severity_reason} />
          </span>
        </summary>
        {opened && <Body change={change} sentence={cause.sentence} note={note} />}
      </details>
    </li>
  );
}

function Body({
  change,
  sentence,
  note,
}: {
  change: ChangeJson;
  sentence: string;
  note: string | undefined;
}) {
  const { drift, pending } = groupAttributes(change);
  const both = drift.length > 0 && pending.length > 0;
  const shared = { replacedBecause: change.replaced_because };
  return (
    <div className={classes.body}>
      {note !== undefined && <p className={classes.note}>{note}</p>}
      <p className={classes.sentence}>{sentence}</p>
      <p className={classes.sentence}>
        Severity {change.severity}: {change.severity_reason}
      </p>
      {change.changed_by.length > 0 && (
        <p className={classes.sentence}>
          {change.changed_by.map((who, index) => (
            <Fragment key={`${who.manager} ${who.operation} ${who.at}`}>
              {index === 0 ? 'Changed by ' : ', '}
              <code>{who.manager}</code>
              {who.at !== null && (
                <>
                  {' '}
                  at <time dateTime={who.at}>{who.at}</time>
                </>
              )}
            </Fragment>
          ))}
        </p>
      )}
      {change.moved_from !== null && (
        <p className={classes.sentence}>
          Moved from <code>{change.moved_from}</code>
        </p>
      )}
      {change.replaced_because.length > 0 && (
        <p className={classes.sentence}>
          Replaced because of <code>{change.replaced_because.map(attributeName).join(', ')}</code>
        </p>
      )}
      {drift.length > 0 && (
        <>
          <h3 className={classes.group}>{both ? 'What live did' : 'Last applied → live'}</h3>
          <AttributeDiff attributes={drift} from="Last applied" to="Live" {...shared} />
        </>
      )}
      {pending.length > 0 && (
        <>
          <h3 className={classes.group}>
            {change.cause === 'pending' ? 'Live → Git' : 'What an apply would do'}
          </h3>
          <AttributeDiff attributes={pending} from="Live" to="Git" {...shared} />
        </>
      )}
      {drift.length + pending.length === 0 && <p className="muted">No attribute differs.</p>}
    </div>
  );
}
