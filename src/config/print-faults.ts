import type { ConfigError, ConfigFault } from './config-error.ts';

/** All faults for people, one block each: `config.yaml:12:5 repos[0].name must be …`, and what to do. */
export function printFaults(error: Pick<ConfigError, 'file' | 'faults'>): string {
  const count = error.faults.length === 1 ? '1 fault' : `${error.faults.length} faults`;
  const blocks = error.faults.map((fault) => {
    const lines = [
      `  ${place(error.file, fault)}${fault.path === '' ? '' : ` ${fault.path}`}: ${fault.message}`,
    ];
    if (fault.suggestion !== undefined) lines.push(`      → ${fault.suggestion}`);
    return lines.join('\n');
  });
  return [`${error.file} has ${count}:`, ...blocks].join('\n');
}

/** All faults for programs. */
export function printFaultsJson(error: Pick<ConfigError, 'file' | 'faults'>): string {
  return JSON.stringify({ valid: false, file: error.file, faults: error.faults }, null, 2);
}

function place(file: string, fault: ConfigFault): string {
  return fault.line > 0 ? `${file}:${fault.line}:${fault.column}` : file;
}
