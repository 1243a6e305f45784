import { exactTime, relativeTime } from './time.ts';
import { useNow } from './use-now.ts';

/** A moment in words, with the exact time in its title; `none` stands for no moment at all. */
export function RelativeTime({ at, none = 'never' }: { at: string | null; none?: string }) {
  const now = useNow();
  if (at === null) return <span className="muted">{none}</span>;
  return (
    <time dateTime={at} title={exactTime(at)}>
      {relativeTime(at, now)}
    </time>
  );
}
