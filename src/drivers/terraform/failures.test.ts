import { describe, expect, it } from 'vitest';
import type { Diagnostic } from './diagnostics.ts';
import { failureCode, stepFailure, type FailedStep } from './failures.ts';

function aDiagnostic(parts: Partial<Diagnostic>): Diagnostic {
  return { severity: 'error', summary: '', detail: '', file: '', line: 0, address: '', ...parts };
}

describe('failureCode', () => {
  it.each<[FailedStep, Partial<Diagnostic>, string]>([
    ['init', { summary: 'Failed to query available provider packages' }, 'provider_failed'],
    ['init', { summary: 'No valid credential sources found' }, 'auth_failed'],
    ['init', { summary: 'Failed to download module', file: 'main.tf', line: 1 }, 'init_failed'],
    ['init', { summary: 'Unreadable module directory', file: 'main.tf', line: 1 }, 'config_invalid'],
    ['init', { summary: 'Error loading state' }, 'init_failed'],
    ['validate', { summary: 'Unsupported argument', file: 'main.tf', line: 1 }, 'config_invalid'],
    ['validate', { summary: 'Missing required provider', detail: 'unauthorized' }, 'config_invalid'],
    [
      'plan',
      { summary: 'reading thing', detail: 'StatusCode: 403, AccessDenied: no', address: 'a.b' },
      'auth_failed',
    ],
    ['plan', { summary: 'Plugin did not respond' }, 'provider_failed'],
    ['plan', { summary: 'reading thing: timeout', file: 'main.tf', line: 3, address: 'a.b' }, 'plan_failed'],
    ['plan', { summary: 'No value for required variable', file: 'main.tf', line: 3 }, 'config_invalid'],
  ])('%s with %j is %s', (step, parts, code) => {
    expect(failureCode(step, [aDiagnostic(parts)])).toBe(code);
  });
});

describe('stepFailure', () => {
  it('starts with the place, counts the others, and redacts', () => {
    const diagnostics = [
      aDiagnostic({ summary: 'Bad hush', detail: 'hush', file: 'a.tf', line: 2 }),
      aDiagnostic({ summary: 'Also bad' }),
      aDiagnostic({ severity: 'warning', summary: 'Only a warning' }),
    ];
    const error = stepFailure('validate', diagnostics, (text) => text.replaceAll('hush', '***'), '');
    expect(error.message).toBe('a.tf:2: Bad ***: *** (and 1 more)');
    expect(error.details['diagnostics']).toHaveLength(2);
  });

  it('says what the tool said when there are no diagnostics', () => {
    expect(stepFailure('init', [], (text) => text, 'boom').message).toContain('boom');
  });
});
