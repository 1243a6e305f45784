/** Steps from the top of the config to a value: keys, and positions in lists. */
export type ConfigPath = readonly (string | number)[];

/** A fault before it is known where in the file it stands. */
export interface ConfigProblem {
  path: ConfigPath;
  message: string;
  suggestion?: string;
  /** Point at the last key of the path instead of its value. */
  atKey?: boolean;
}

/** A text as the config has it, found to be usable or not. */
export type Checked<T> = { ok: true; value: T } | { ok: false; message: string; suggestion?: string };

/** `repos[0].git.type`. */
export function formatPath(path: ConfigPath): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      const plain = /^[A-Za-z0-9_-]+$/.test(step) ? step : JSON.stringify(step);
      return index === 0 ? plain : `.${plain}`;
    })
    .join('');
}
