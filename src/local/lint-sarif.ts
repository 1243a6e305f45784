import { createHash } from 'node:crypto';
import type { JsonObject } from '../domain/json.ts';
import { SARIF_SCHEMA } from '../domain/reports/sarif.ts';
import { LAYER_RULES, type Finding } from '../drivers/kubernetes/layers/index.ts';

const RULES = Object.entries(LAYER_RULES).map(([id, { text }]) => ({ id, text }));

/**
 * Findings as SARIF 2.1.0. A fingerprint depends on the rule, the file and what is said, so that a finding stays the same
 * finding when lines move.
 */
export function lintSarif(findings: readonly Finding[], version: string): JsonObject {
  return {
    $schema: SARIF_SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Plumbline',
            semanticVersion: version,
            rules: RULES.map(({ id, text }) => ({ id, shortDescription: { text } })),
          },
        },
        automationDetails: { id: 'plumbline/lint' },
        columnKind: 'utf16CodeUnits',
        results: findings.map(result),
      },
    ],
  };
}

function result({ rule, severity, file, line, message, fix }: Finding): JsonObject {
  const identity = createHash('sha256')
    .update(JSON.stringify([rule, file, message]))
    .digest('hex');
  const uri = file.split('/').map(encodeURIComponent).join('/');
  return {
    ruleId: rule,
    ruleIndex: RULES.findIndex(({ id }) => id === rule),
    level: severity,
    message: { text: `${message} ${fix}` },
    partialFingerprints: { 'plumbline/v1': identity },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri, uriBaseId: '%SRCROOT%' },
          region: { startLine: line },
        },
      },
    ],
  };
}
