import { describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.ts';
import { printFaults, printFaultsJson } from './print-faults.ts';

const error = new ConfigError('config.yaml', [
  {
    path: 'worker.lock_ttl',
    line: 4,
    column: 13,
    message: '1m is too short: the least is 2m',
    suggestion: 'write 2m',
  },
  { path: '', line: 0, column: 0, message: 'there is no such file' },
]);

describe('printFaults', () => {
  it('gives each fault its place, its message and what to do', () => {
    expect(printFaults(error)).toBe(
      [
        'config.yaml has 2 faults:',
        '  config.yaml:4:13 worker.lock_ttl: 1m is too short: the least is 2m',
        '      → write 2m',
        '  config.yaml: there is no such file',
      ].join('\n'),
    );
  });
});

describe('printFaultsJson', () => {
  it('gives programs the same facts', () => {
    expect(JSON.parse(printFaultsJson(error))).toEqual({
      valid: false,
      file: 'config.yaml',
      faults: error.faults,
    });
  });
});
