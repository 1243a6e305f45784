import type { AttributeJson } from '../../api/types.ts';
import { attributeName } from './change-attributes.ts';
import { diffLines } from './line-diff.ts';
import { valueText } from './value-text.ts';
import classes from './attribute-diff.module.css';

const LONG = 72;

/** Attributes with their values before and after. `from` and `to` name the two sides. */
export function AttributeDiff({
  attributes,
  from,
  to,
  replacedBecause,
}: {
  attributes: readonly AttributeJson[];
  from: string;
  to: string;
  replacedBecause: readonly string[];
}) {
  return (
    <dl className={classes.list}>
      {attributes.map((attribute) => (
        <div key={`${attribute.cause}${attribute.pointer}`} className={classes.row}>
          <dt className={classes.name}>
            <code>{attributeName(attribute.pointer)}</code>
            {replacedBecause.includes(attribute.pointer) && (
              <span className={classes.forces}>forces replacement</span>
            )}
          </dt>
          <dd>
            <Values attribute={attribute} from={from} to={to} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Values({ attribute, from, to }: { attribute: AttributeJson; from: string; to: string }) {
  if (attribute.sensitive) return <span className={classes.masked}>(sensitive value, changed)</span>;
  const before = valueText(attribute.before);
  const after = attribute.unknown ? '(known after apply)' : valueText(attribute.after);
  const long = [before, after].some((text) => text.includes('\n') || text.length > LONG);
  if (long && !attribute.unknown && attribute.before !== null && attribute.after !== null) {
    return <LongValues before={before} after={after} />;
  }
  return (
    <span className={classes.pair}>
      <Side word={from} text={before} side="before" empty={attribute.before === null} />
      <span className={classes.arrow} aria-hidden>
        →
      </span>
      <Side word={to} text={after} side="after" empty={attribute.unknown || attribute.after === null} />
    </span>
  );
}

function Side({
  word,
  text,
  side,
  empty,
}: {
  word: string;
  text: string;
  side: 'before' | 'after';
  empty: boolean;
}) {
  return (
    <span className={classes.side}>
      <span className="sr-only">{word}: </span>
      <code className={classes.value} data-side={side} data-empty={empty || undefined}>
        {text}
      </code>
    </span>
  );
}

function LongValues({ before, after }: { before: string; after: string }) {
  const signs = { same: ' ', add: '+', remove: '-' } as const;
  return (
    <pre className={classes.lines} tabIndex={0} aria-label="Difference, line by line">
      <code>
        {diffLines(before, after).map((line) => (
          <span key={line.number} className={classes.line} data-kind={line.kind}>
            {signs[line.kind]} <bdi>{line.text}</bdi>
          </span>
        ))}
      </code>
    </pre>
  );
}
