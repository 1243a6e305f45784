import { exactTime, relativeTime } from './time.ts';
import { useNow } from './use-now.ts';

/**
 * A moment in words, with the exact time in its title; `none` stands for no moment at all. One that is known to be `past` is
 * never said to come, whatever the clocks say.
 */
export function RelativeTime({
  at,
  none = 'never',
  past = false,
}: {
  at: string | null;
  none?: string;
  past?: boolean;
}) {
  const now = useNow();
  if (at === null) return <span className="muted">{none}</span>;
  return (
    <time dateTime={at} title={exactTime(at)}>
      {relativeTime(at, past ? Math.max(now, Date.parse(at)) : now)}
    </time>
  );
}
