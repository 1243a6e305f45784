import { useQuery } from '@tanstack/react-query';
import { useApi } from '../api/api-context.ts';
import { healthQuery } from './get-health.ts';
import { describeHealth } from './describe-health.ts';
import classes from './server-state.module.css';

/** The server's state in the header: a dot and words, with the parts in the title. */
export function ServerState() {
  const { data, isError } = useQuery(healthQuery(useApi()));
  const state = describeHealth(data, isError);
  const words = (
    <>
      <span className={classes.dot} data-level={state.level} aria-hidden />
      <span className={classes.label}>{state.label}</span>
    </>
  );
  if (data?.temporal_ui) {
    return (
      <a
        className={classes.state}
        href={data.temporal_ui}
        title={`${state.details}\nOpens Temporal's Web UI.`}
        rel="noreferrer"
      >
        {words}
      </a>
    );
  }
  return (
    <span className={classes.state} title={state.details}>
      {words}
    </span>
  );
}
