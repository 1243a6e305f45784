import { useEffect, useState, type RefObject } from 'react';

const OVERSCAN = 8;
/** Shorter lists are in the document as a whole, so that the browser's own search and print find every row. */
const WINDOWED_FROM = 120;

/** The rows that are in the document: from `start` up to, and without, `end`. */
export interface RowWindow {
  start: number;
  end: number;
}

/** Which of `count` rows of `rowHeight` pixels are in sight when the list begins at `listTop` of the viewport. */
export function rowsInSight(
  count: number,
  rowHeight: number,
  listTop: number,
  viewportHeight: number,
): RowWindow {
  if (count < WINDOWED_FROM) return { start: 0, end: count };
  const first = Math.floor(-listTop / rowHeight) - OVERSCAN;
  const last = Math.ceil((viewportHeight - listTop) / rowHeight) + OVERSCAN;
  const start = Math.max(0, Math.min(first, count - 2 * OVERSCAN));
  return { start, end: Math.max(start, Math.min(count, Math.max(last, start + 2 * OVERSCAN))) };
}

/** Follows the page's scrolling, so that only the rows in sight (and a few around them) are rendered. */
export function useWindowedRows(
  list: RefObject<HTMLElement | null>,
  count: number,
  rowHeight: number,
): RowWindow {
  const [range, setRange] = useState<RowWindow>(() => rowsInSight(count, rowHeight, 0, 900));
  useEffect(() => {
    let frame = 0;
    const measure = () => {
      frame = 0;
      const top = list.current?.getBoundingClientRect().top ?? 0;
      const next = rowsInSight(count, rowHeight, top, window.innerHeight);
      setRange((now) => (now.start === next.start && now.end === next.end ? now : next));
    };
    const schedule = () => {
      if (frame === 0) frame = window.requestAnimationFrame(measure);
    };
    measure();
    window.addEventListener('scroll', schedule, { passive: true });
    window.addEventListener('resize', schedule);
    // Whatever grows or goes above the list moves it without any scrolling.
    const resized = new ResizeObserver(schedule);
    resized.observe(document.body);
    return () => {
      window.cancelAnimationFrame(frame);
      resized.disconnect();
      window.removeEventListener('scroll', schedule);
      window.removeEventListener('resize', schedule);
    };
  }, [list, count, rowHeight]);
  return { start: Math.min(range.start, count), end: Math.min(range.end, count) };
}
