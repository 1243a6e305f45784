import { IconChecks, IconRadar2 } from '@tabler/icons-react';
import type { AttemptJson, PlanJson, StackPlanJson } from '../../api/types.ts';
import { Notice } from '../../ui/notice.tsx';
import { AttemptList } from '../attempts/attempt-list.tsx';
import { planFate } from '../attempts/attempt-words.ts';
import { StackEmergency } from '../attempts/emergency-notice.tsx';
import { RemediationPlan } from '../remediation/remediation-plan.tsx';
import { StackVerdict } from '../remediation/verdict-list.tsx';
import { ResourceSection } from '../resources/resource-section.tsx';
import { ChangeList } from './change-list.tsx';
import { DriftHistory } from './drift-history.tsx';
import { IgnoredList } from './ignored-list.tsx';
import { OutputList } from './output-list.tsx';
import { PlanFacts } from './plan-facts.tsx';
import { PlanText } from './plan-text.tsx';
import { StackNotices } from './stack-notices.tsx';
import classes from './stack-page.module.css';

/** All that is known of a stack: notices, changes and plan text, and beside them the plan's facts and the history. */
export function StackDetail({
  answer,
  attempts,
}: {
  answer: StackPlanJson;
  /** What was tried to change of it, newest first. */
  attempts: readonly AttemptJson[];
}) {
  const { stack, plan, history } = answer;
  const taskId = history.find((job) => job.id === plan?.job_id)?.task_id ?? null;
  const fate = plan === null ? 'open' : planFate(plan.job_id, attempts);
  return (
    <div className={classes.grid}>
      <div className={classes.column}>
        <StackEmergency attempts={attempts} />
        <StackNotices stack={stack} plan={plan} />
        {taskId !== null && fate !== 'applying' && <StackVerdict taskId={taskId} stack={stack.key} />}
        {stack.health !== null && <ResourceSection stack={stack} />}
        <AttemptList repo={stack.repo} stack={stack.key} attempts={attempts} />
        {taskId !== null && fate === 'open' && (
          <RemediationPlan taskId={taskId} repo={stack.repo} stack={stack.key} />
        )}
        {plan === null ? (
          <NoPlan failed={stack.error !== null} />
        ) : (
          <Plan key={plan.job_id} plan={plan} applied={fate === 'applied'} />
        )}
      </div>
      <aside className={classes.side} aria-label="About this stack">
        {plan !== null && <PlanFacts plan={plan} />}
        <DriftHistory jobs={history} />
      </aside>
    </div>
  );
}

function Plan({ plan, applied }: { plan: PlanJson; applied: boolean }) {
  return (
    <>
      {plan.changes.length > 0 ? (
        <ChangeList changes={plan.changes} applied={applied} />
      ) : (
        <Notice icon={<IconChecks size={22} aria-hidden />} title="No resource differs">
          <p>
            {plan.outputs.length > 0
              ? 'Only outputs would change.'
              : plan.ignored.length > 0
                ? 'What differs is ignored by rules of the config.'
                : 'Live is what Git says.'}
          </p>
        </Notice>
      )}
      <OutputList outputs={plan.outputs} />
      <IgnoredList changes={plan.ignored} />
      <section className="section" aria-labelledby="text-title">
        <h2 id="text-title">Plan text</h2>
        {plan.text === null ? (
          <p className="muted">The text is no longer kept. The next scan makes a new one.</p>
        ) : (
          <PlanText text={plan.text} />
        )}
      </section>
    </>
  );
}

function NoPlan({ failed }: { failed: boolean }) {
  if (failed) return null;
  return (
    <Notice icon={<IconRadar2 size={22} aria-hidden />} title="Not scanned yet">
      <p>A scan plans this stack and shows here what differs. It changes nothing.</p>
    </Notice>
  );
}
