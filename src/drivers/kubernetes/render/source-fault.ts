import { PlumblineError } from '../../../util/errors.ts';

/** A fault of a stack's sources: where, what, and what to do. */
export interface SourceFault {
  /** Relative to the root; empty when it belongs to no file. */
  file: string;
  line: number | null;
  summary: string;
  /** What to do; empty when the summary says it all. */
  detail: string;
}

/** The error of sources that can't be used: its message is the first fault, `details.diagnostics` holds all of them. */
export function sourceFault(fault: SourceFault, ...more: readonly SourceFault[]): PlumblineError {
  const rest = more.length === 0 ? '' : ` (and ${more.length} more)`;
  const detail = fault.detail === '' ? '' : `: ${fault.detail}`;
  return new PlumblineError('config_invalid', `${placeOf(fault)}${fault.summary}${detail}${rest}`, {
    details: {
      diagnostics: [fault, ...more].map(({ file, line, summary, detail: text }) => ({
        file,
        line: line ?? 0,
        summary,
        detail: text,
      })),
    },
  });
}

function placeOf({ file, line }: SourceFault): string {
  if (file === '') return '';
  return line === null ? `${file}: ` : `${file}:${line}: `;
}
