import classes from './logo.module.css';

/** Plumbline's mark, a plumb bob on its line, with the name beside it. */
export function Logo() {
  return (
    <span className={classes.logo}>
      <svg width="22" height="26" viewBox="4 0 24 32" preserveAspectRatio="xMidYMin" aria-hidden>
        <path className={classes.line} d="M16 0v9" />
        <rect className={classes.cap} x="12" y="8" width="8" height="4.5" rx="1.2" />
        <path className={classes.bob} d="M9 12.5h14L16 31z" />
        <path className={classes.shade} d="M16 12.5h7L16 31z" />
      </svg>
      Plumbline
    </span>
  );
}
