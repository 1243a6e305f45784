import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { driftReport, type DriftReport } from '../../src/domain/reports/report.ts';
import { reportSarif } from '../../src/domain/reports/sarif.ts';
import { aChange } from '../support/a-change.ts';
import { aDriftReport, anOutputReport, aReportedStack, aReportPlan } from '../support/a-report.ts';

const require = createRequire(import.meta.url);

/** The official schema. It is of draft 4, of which it uses nothing that later drafts read otherwise but its `id`. */
function officialSchema(): ValidateFunction {
  const file = require.resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  const { id, $schema, ...schema } = JSON.parse(readFileSync(file, 'utf8')) as JsonObject;
  expect([id, $schema]).toEqual([
    'https://raw.githubusercontent.com/schemastore/schemastore/master/src/schemas/json/sarif-2.1.0-rtm.5.json',
    'http://json-schema.org/draft-04/schema#',
  ]);
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  addFormats.default(ajv);
  return ajv.compile(schema);
}

const valid = officialSchema();
const faultsOf = (document: unknown) => (valid(document) ? [] : valid.errors);

/** What tends to be written wrongly: paths that are no URIs, ends that are not there, empty texts, what is ignored. */
function awkwardReport(): DriftReport {
  const change = aChange({ kind: 'aws_s3_bucket', name: 'logs["a b/ü"]', severity: 'low' });
  const ignored = { ...change, ignored: { rule: 'everything', reason: 'known' } };
  return driftReport(
    {
      id: 'my-infra:1706712345678',
      repo: 'my infra ü',
      commit: '',
      status: 'failed',
      startedAt: '2026-03-10T10:00:00.000Z',
      endedAt: null,
    },
    [aReportPlan('a b/c#d%', [change], { ignored: [ignored] }), aReportPlan('_root', [change])],
    [
      aReportedStack('a b/c#d%', { status: 'drifted', drift: 1 }),
      aReportedStack('_root', { path: '.', status: 'drifted', drift: 1 }),
      aReportedStack('lost', { status: 'unknown' }),
      aReportedStack('bad', { status: 'errored', error: { code: 'init_failed', message: '' } }),
    ],
  );
}

describe('a SARIF report', () => {
  it.each([
    ['drift and a failure', aDriftReport()],
    ['a task without changes', aDriftReport([])],
    ['a changed output', anOutputReport()],
    ['paths that need escaping, ignored changes, and no end', awkwardReport()],
  ])('of %s keeps to the official schema', (_, report) => {
    const sarif = reportSarif(report, '1.2.3');
    expect(faultsOf(sarif)).toEqual([]);
  });

  it('is refused by that schema for what is wrong in it', () => {
    const sarif = reportSarif(aDriftReport(), '1.2.3') as { runs: [{ results: [{ level: string }] }] };
    sarif.runs[0].results[0].level = 'critical';
    expect(faultsOf(sarif)).toMatchObject([{ instancePath: '/runs/0/results/0/level' }]);
  });
});
