import { describe, expect, it } from 'vitest';
import { applyEvents, applyLog, applyProgress } from './apply-events.ts';

const line = (type: string, message: string, more: object = {}) =>
  JSON.stringify({ '@level': 'info', '@message': message, type, ...more });
const hook = (addr: string) => ({ hook: { resource: { addr } } });

const OUTPUT = [
  line('version', 'Terraform 1.11.4'),
  line('planned_change', 'a.a: Plan to create'),
  line('apply_start', 'a.a: Creating...', hook('a.a')),
  line('provision_progress', 'a.a: (local-exec): hunter2', hook('a.a')),
  line('apply_complete', 'a.a: Creation complete after 1s [id=i-1]', hook('a.a')),
  line('apply_start', 'a.b["[id=1]"]: Creating...', hook('a.b["[id=1]"]')),
  line('apply_errored', 'a.b["[id=1]"]: Creation errored after 0s', hook('a.b["[id=1]"]')),
  line('diagnostic', 'Error: it is full', {
    diagnostic: { severity: 'error', summary: 'it is full', detail: 'No room.\nNone.', address: 'a.b' },
  }),
  'panic: at the disco',
  '{"cut":',
].join('\n');

describe('applyEvents', () => {
  it('tells what was begun, done and failed, of an output that was cut off', () => {
    expect(applyEvents(OUTPUT, 'envs/prod')).toMatchObject({
      begun: ['a.a', 'a.b["[id=1]"]'],
      completed: ['a.a'],
      errored: ['a.b["[id=1]"]'],
      finished: false,
      diagnostics: [{ summary: 'it is full', address: 'a.b' }],
    });
  });

  it('knows that all is done only from the summary of an apply', () => {
    const summary = (operation: string) => line('change_summary', '…', { changes: { operation } });
    expect(applyEvents(summary('plan'), '.').finished).toBe(false);
    expect(applyEvents(summary('apply'), '.').finished).toBe(true);
  });
});

describe('applyProgress', () => {
  it('shows what is done to which object, without IDs and what provisioners print', () => {
    expect(
      OUTPUT.split('\n')
        .map(applyProgress)
        .filter((shown) => shown !== undefined),
    ).toEqual([
      'a.a: Creating...',
      'a.a: Creation complete after 1s',
      'a.b["[id=1]"]: Creating...',
      'a.b["[id=1]"]: Creation errored after 0s',
      'Error: it is full',
    ]);
  });
});

describe('applyLog', () => {
  it('holds provisioners, errors in full, and what was no JSON', () => {
    const log = applyLog({ stdout: OUTPUT, stderr: 'warned\n' });
    expect(log).toContain('(local-exec): hunter2\n');
    expect(log).toContain('Error: it is full\n  No room.\n  None.\npanic: at the disco\nwarned\n');
    expect(log).not.toContain('i-1]');
  });

  it('loses its middle, never a half line, when it is very long', () => {
    const stdout = Array.from({ length: 100_000 }, (_, index) => `line ${index} ${'x'.repeat(80)}`).join(
      '\n',
    );
    const log = applyLog({ stdout, stderr: '' });
    expect(log.length).toBeLessThan(4.1 * 1024 * 1024);
    expect(log.split('\n').every((text) => /^(line \d+ x{80}|…[^]*…|)$/.test(text))).toBe(true);
    expect(log).toContain('line 99999 ');
  });
});
