import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconArrowBackUp, IconCheck, IconUsers } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { useApi } from '../../api/api-context.ts';
import { stackPage } from '../../api/paths.ts';
import type { StepJson } from '../../api/types.ts';
import { StackLabel } from '../../ui/stack-label.tsx';
import { actionLook } from '../stack/change-words.ts';
import { remediationQuery } from './get-remediation.ts';
import { SETTLED_WORDS, stepCountWords, type StepState } from './step-words.ts';
import classes from './remediation.module.css';

const FIRST_SHOWN = 20;
const CHANGES_SHOWN = 6;
const stillOpen = (): StepState => 'open';

/** The ordered steps that would remove what the task found: of one stack, or of all of them. */
export function RemediationPlan({
  taskId,
  repo,
  stack,
  stateOf = stillOpen,
}: {
  taskId: string;
  repo: string;
  stack: string | null;
  /** Whether a step is still to be done; all are, unless said otherwise. */
  stateOf?: (step: StepJson) => StepState;
}) {
  const steps = useQuery(remediationQuery(useApi(), taskId)).data ?? [];
  const [all, setAll] = useState(false);
  const own = stack === null ? steps : steps.filter((step) => step.stack === stack);
  if (own.length === 0) return null;
  const shown = all ? own : own.slice(0, FIRST_SHOWN);
  return (
    <section className="section" aria-labelledby="remediation-title">
      <div className="section-head">
        <h2 id="remediation-title">Remediation plan</h2>
        <span className="muted num">{stepCountWords(own.map(stateOf))}</span>
      </div>
      <ol className={`card ${classes.list}`}>
        {shown.map((step, index) => (
          <Step
            key={`${step.stack} ${step.priority}`}
            step={step}
            state={stateOf(step)}
            number={index + 1}
            repo={repo}
            linked={stack === null}
          />
        ))}
      </ol>
      {shown.length < own.length && (
        <div>
          <Button variant="default" size="xs" onClick={() => setAll(true)}>
            Show all {own.length} steps
          </Button>
        </div>
      )}
    </section>
  );
}

function Step({
  step,
  state,
  number,
  repo,
  linked,
}: {
  step: StepJson;
  state: StepState;
  number: number;
  repo: string;
  linked: boolean;
}) {
  return (
    <li className={classes.step} data-settled={state !== 'open' || undefined}>
      <span className={`${classes.number} num`} aria-hidden>
        {number}
      </span>
      <span className={classes.priority} data-priority={step.priority}>
        {step.priority}
      </span>
      <div className={classes.what}>
        <p className={classes.description}>{step.description}</p>
        {linked && (
          <Link to={stackPage(repo, step.stack)}>
            <StackLabel stackKey={step.stack} />
          </Link>
        )}
        <ul className={classes.changes}>
          {step.changes.slice(0, CHANGES_SHOWN).map((change) => (
            <li key={change.address}>
              <span className={classes.verb}>{actionLook(change.action).word}</span>{' '}
              <code>{change.address}</code>
            </li>
          ))}
          {step.changes.length > CHANGES_SHOWN && (
            <li className="muted">and {step.changes.length - CHANGES_SHOWN} more</li>
          )}
        </ul>
        {step.after.length > 0 && <p className="muted">After {step.after.join(', ')}.</p>}
      </div>
      {state === 'open' ? (
        <Marks step={step} />
      ) : (
        <p className={classes.settled}>
          {state === 'applied' && <IconCheck size={15} stroke={2.4} aria-hidden />}
          {SETTLED_WORDS[state]}
        </p>
      )}
    </li>
  );
}

function Marks({ step }: { step: StepJson }) {
  if (step.blocked !== null)
    return <p className={classes.settled}>Not applied: only a part could be planned</p>;
  return (
    <ul className={classes.marks}>
      <li data-on={step.approval_required || undefined}>
        <IconUsers size={15} aria-hidden />
        {step.approval_required ? 'Needs approval' : 'No approval needed'}
      </li>
      <li data-on={step.auto_rollback || undefined}>
        <IconArrowBackUp size={15} aria-hidden />
        {step.auto_rollback ? 'Rolls back by itself' : 'No automatic rollback'}
      </li>
    </ul>
  );
}
