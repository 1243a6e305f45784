import type { PlanJson } from '../../api/types.ts';
import { Commit } from '../../ui/commit.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { durationText } from '../../ui/time.ts';
import classes from './plan-facts.module.css';

/** What made the plan: tool, commit, time per step, and the digest that an approval would be bound to. */
export function PlanFacts({ plan }: { plan: PlanJson }) {
  const steps = Object.entries(plan.durations_ms);
  const totalMs = steps.reduce((sum, [, ms]) => sum + ms, 0);
  return (
    <section className="section" aria-labelledby="plan-facts-title">
      <h2 id="plan-facts-title">Plan</h2>
      <dl className={`card ${classes.facts}`}>
        <dt>Made</dt>
        <dd>
          <RelativeTime at={plan.created_at} />
        </dd>
        <dt>Tool</dt>
        <dd>
          {plan.tool.name} {plan.tool.version}
          <span className={classes.minor}>{plan.tool.source}</span>
        </dd>
        <dt>Commit</dt>
        <dd>
          <Commit sha={plan.commit} />
        </dd>
        {steps.length > 0 && (
          <>
            <dt>Time</dt>
            <dd className="num">
              {durationText(totalMs)}
              <span className={classes.minor}>
                {steps.map(([step, ms]) => `${step} ${durationText(ms)}`).join(' · ')}
              </span>
            </dd>
          </>
        )}
        <dt>Digest</dt>
        <dd>
          <code className={classes.digest}>{plan.digest}</code>
        </dd>
        <dt>Job</dt>
        <dd>
          <code className={classes.digest}>{plan.job_id}</code>
        </dd>
      </dl>
    </section>
  );
}
