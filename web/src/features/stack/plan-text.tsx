import { Button } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { readPlanLines } from './plan-tokens.ts';
import classes from './plan-text.module.css';

const FIRST_LINES = 1_500;

/** The tool's own text of the plan, its lines coloured by what they say. */
export function PlanText({ text }: { text: string }) {
  const lines = useMemo(() => readPlanLines(text), [text]);
  const [all, setAll] = useState(false);
  const shown = all ? lines : lines.slice(0, FIRST_LINES);
  return (
    <div className={classes.frame}>
      <CopyText text={text} />
      <pre className={classes.text} tabIndex={0} aria-label="Plan text">
        <code>
          {shown.map((line) => (
            <span key={line.number} className={classes.line} data-kind={line.kind}>
              {line.text === '' ? '\n' : line.text}
            </span>
          ))}
        </code>
      </pre>
      {shown.length < lines.length && (
        <Button variant="default" size="xs" m="sm" onClick={() => setAll(true)}>
          Show all {lines.length.toLocaleString('en')} lines
        </Button>
      )}
    </div>
  );
}

function CopyText({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      window.setTimeout(() => setCopied(false), 2_000);
    } catch {
      // Browsers refuse the clipboard outside of secure contexts; the text can still be selected.
    }
  };
  return (
    <Button
      className={classes.copy}
      variant="default"
      size="compact-sm"
      leftSection={copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
      onClick={() => void copy()}
    >
      {copied ? 'Copied' : 'Copy'}
    </Button>
  );
}
