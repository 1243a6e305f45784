import { describe, expect, it } from 'vitest';
import { anAttribute, aChange } from '../../../test/support/a-change.ts';
import { aDriftReport, anOutputReport, aReportPlan, aReportedStack } from '../../../test/support/a-report.ts';
import { incompletePlan } from '../incomplete-plan.ts';
import { driftReport } from './report.ts';
import { reportMarkdown } from './markdown.ts';

describe('reportMarkdown', () => {
  it('opens with what was found, in figures', () => {
    const text = reportMarkdown(aDriftReport());
    expect(text).toContain('## Drift report: my-infra');
    expect(text).toContain('**2 changes in 1 stack**, 1 stack without a result at `0123456789ab`');
    expect(text).toContain('| 1 | 0 | 1 | 0 | 2 | 0 |');
    expect(text).toContain('1 stack in sync.');
  });

  it('shows each change as a diff with its cause, severity and reason', () => {
    const text = reportMarkdown(aDriftReport());
    expect(text).toContain('# aws_security_group.web (update, drift, critical: open to the internet)');
    expect(text).toContain('- /ingress/0/cidr_blocks: ["10.0.0.0/8"]');
    expect(text).toContain('+ /ingress/0/cidr_blocks: ["0.0.0.0/0"]');
  });

  it('says who moved live, where the target tells', () => {
    const changedBy = [
      { manager: 'kubectl-edit', operation: 'Update', at: '2026-03-10T09:00:00Z' },
      { manager: 'argocd', operation: 'Apply', at: null },
    ];
    const report = aDriftReport([aChange({ changedBy }), aChange({ name: 'other' })]);
    expect(report.changes.map(({ changed_by }) => changed_by)).toEqual([changedBy, undefined]);
    const text = reportMarkdown(report);
    expect(text).toContain('(update, drift, changed by kubectl-edit at 2026-03-10T09:00:00Z, low: test)');
    expect(text).toContain('# example_thing.other (update, drift, low: test)');
  });

  it('says what could not be planned, and how much more there is', () => {
    const problems = Array.from({ length: 12 }, (_, index) => ({
      address: `web.yaml:${index + 1}`,
      code: 'config_invalid',
      message: 'it has no <kind>',
    }));
    const stack = aReportedStack('apps/shop', { status: 'errored', error: incompletePlan(problems) });
    const plan = aReportPlan('apps/shop', [], { basis: { problems } });
    const task = {
      id: 't',
      repo: 'r',
      commit: '',
      status: 'completed',
      startedAt: '',
      endedAt: null,
    } as const;
    const text = reportMarkdown(driftReport(task, [plan], [stack]));
    expect(text).toContain('- `web.yaml:10`: it has no &lt;kind\\>\n- _and 2 more_');
    expect(text).not.toContain('web.yaml:11');
    expect(text).not.toContain('Failed:');
  });

  it('names what moves in a plan that nobody was asked about', () => {
    const stack = aReportedStack('envs/prod', { status: 'pending', pending: 1, unstable: ['app.web'] });
    const task = {
      id: 't',
      repo: 'r',
      commit: '',
      status: 'completed',
      startedAt: '',
      endedAt: null,
    } as const;
    const report = driftReport(task, [], [stack]);
    expect(report.stacks[0]).toMatchObject({ unstable_plan: ['app.web'] });
    expect(reportMarkdown(report)).toContain('Unstable plan, two in a row differ: `app.web`');
  });

  it('lets no value or message format the page', () => {
    const after = '```\n# heading @team';
    const text = reportMarkdown(
      aDriftReport([aChange({ attributes: [anAttribute('/content', { after })] })]),
    );
    expect(text).toContain('````diff');
    expect(text).not.toMatch(/^# heading/m);
    expect(text).toContain('No provider \\| could be installed &lt;b\\>');
  });

  it('says in words that a value is only known after the apply', () => {
    const attributes = [anAttribute('/id', { after: null, unknown: true })];
    expect(reportMarkdown(aDriftReport([aChange({ attributes })]))).toContain('+ /id: (known after apply)');
  });

  it('keeps within its bound and says what it left out', () => {
    const changes = Array.from({ length: 500 }, (_, index) =>
      aChange({ name: `n${index}`, attributes: [anAttribute('/content', { after: 'x'.repeat(1000) })] }),
    );
    const text = reportMarkdown(aDriftReport(changes), { maxChars: 5000 });
    expect(text.length).toBeLessThanOrEqual(5000);
    expect(text).toMatch(/_and \d+ more changes_/);
    expect(reportMarkdown(aDriftReport(changes)).length).toBeLessThanOrEqual(60_000);
  });

  it('lists an output once, whether or not it counts of its own', () => {
    const alone = reportMarkdown(anOutputReport());
    expect(alone).toContain('**1 change in 1 stack**');
    expect(alone).toContain('# output.url (update, pending, low: only an output)');
    expect(alone.match(/url/g)).toHaveLength(1);
  });

  it('says it plainly when nothing changed', () => {
    expect(reportMarkdown(aDriftReport([]))).toContain('**no changes**');
  });
});
