import { PlumblineError } from '../util/errors.ts';

/** One thing that is wrong with a config: where, what, and what to do instead. */
export interface ConfigFault {
  /** `repos[0].git.type`; empty for the file as a whole. */
  path: string;
  /** From 1; 0 when there is no file to point at. */
  line: number;
  column: number;
  message: string;
  suggestion?: string;
}

/** A config that can't be used. Carries all of its faults, in the order of the file; code `config_invalid`. */
export class ConfigError extends PlumblineError {
  readonly faults: readonly ConfigFault[];
  /** The file as it was named. */
  readonly file: string;

  constructor(file: string, faults: readonly ConfigFault[], options: { cause?: unknown } = {}) {
    const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
    const first = faults[0];
    const where = first && first.line > 0 ? ` in line ${first.line}` : '';
    const more = first ? ` The first${where}: ${first.path ? `${first.path} ` : ''}${first.message}.` : '';
    super('config_invalid', `${file} has ${count}.${more}`, { ...options, details: { file, faults } });
    this.name = 'ConfigError';
    this.file = file;
    this.faults = faults;
  }
}
