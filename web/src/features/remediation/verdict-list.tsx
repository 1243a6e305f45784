import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { useApi } from '../../api/api-context.ts';
import { stackPage } from '../../api/paths.ts';
import { StackLabel } from '../../ui/stack-label.tsx';
import badge from '../../ui/status-badge.module.css';
import { approvalsQuery } from '../approvals/get-approvals.ts';
import { verdictsQuery } from './get-remediation.ts';
import {
  VERDICT_LOOKS,
  verdictCounts,
  verdictSentences,
  shownVerdicts,
  type ShownVerdict,
} from './verdict-words.ts';
import classes from './remediation.module.css';

const FIRST_SHOWN = 50;
/** What somebody has to look at first. */
const ORDER = Object.keys(VERDICT_LOOKS);

/** What became of every stack that the task planned, with the reasons. */
export function VerdictList({ taskId, repo }: { taskId: string; repo: string }) {
  const api = useApi();
  const found = useQuery(verdictsQuery(api, taskId)).data ?? [];
  const approvals = useQuery({
    ...approvalsQuery(api, { repo }),
    enabled: found.some(({ result }) => result === 'wait'),
  }).data;
  const verdicts = shownVerdicts(taskId, found, approvals ?? []);
  const [all, setAll] = useState(false);
  if (verdicts.length === 0) return null;
  const sorted = [...verdicts].sort((a, b) => ORDER.indexOf(a.result) - ORDER.indexOf(b.result));
  const shown = all ? sorted : sorted.slice(0, FIRST_SHOWN);
  return (
    <section className="section" aria-labelledby="verdicts-title">
      <div className="section-head">
        <h2 id="verdicts-title">What became of each stack</h2>
        <span className="muted">{verdictCounts(verdicts)}</span>
      </div>
      <ul className={`card ${classes.list}`}>
        {shown.map((verdict) => (
          <li key={verdict.job_id} className={classes.verdict}>
            <VerdictLook verdict={verdict} />
            <Link to={stackPage(repo, verdict.stack)}>
              <StackLabel stackKey={verdict.stack} />
            </Link>
            <Sentences verdict={verdict} />
          </li>
        ))}
      </ul>
      {shown.length < sorted.length && (
        <div>
          <Button variant="default" size="xs" onClick={() => setAll(true)}>
            Show all {sorted.length} stacks
          </Button>
        </div>
      )}
    </section>
  );
}

/** The verdict on one stack, as its own page shows it; nothing when the task gave none. */
export function StackVerdict({ taskId, stack }: { taskId: string; stack: string }) {
  const verdicts = useQuery(verdictsQuery(useApi(), taskId)).data ?? [];
  const verdict = verdicts.find((one) => one.stack === stack);
  if (verdict === undefined || verdict.result === 'nothing') return null;
  return (
    <section className="section" aria-labelledby="verdict-title">
      <h2 id="verdict-title">Verdict</h2>
      <div className={`card ${classes.own}`}>
        <VerdictLook verdict={verdict} />
        <Sentences verdict={verdict} />
      </div>
    </section>
  );
}

function VerdictLook({ verdict }: { verdict: ShownVerdict }) {
  const { label, tone } = VERDICT_LOOKS[verdict.result];
  return (
    <span>
      <span className={badge.badge} data-tone={tone} data-filled>
        {label}
      </span>
    </span>
  );
}

function Sentences({ verdict }: { verdict: ShownVerdict }) {
  return (
    <ul className={classes.reasons}>
      {verdictSentences(verdict).map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}
