import { describe, expect, it } from 'vitest';
import { placeIn } from './program-output.ts';

const KNOWN = new Set(['app/web.yaml', 'base/db.yaml', 'app/templates/svc.yaml', 'app/main.jsonnet']);

describe('placeIn', () => {
  it.each([
    ["in File: web.yaml: yaml: line 4: did not find ','", { file: 'app/web.yaml', line: 4 }],
    ["from '../base/db.yaml': from 'web.yaml'", { file: 'app/web.yaml', line: null }],
    ["accumulating resources from '../base/db.yaml': invalid", { file: 'base/db.yaml', line: null }],
    ['(chart/templates/svc.yaml:12:8): nil pointer', { file: 'app/templates/svc.yaml', line: 12 }],
    ['app/main.jsonnet:3:5-9 Unknown variable: x', { file: 'app/main.jsonnet', line: 3 }],
    ['v1.2.3 at example.com failed', { file: 'app', line: null }],
    ['', { file: 'app', line: null }],
  ])('of %j is %j', (text, place) => {
    expect(placeIn(text, 'app', KNOWN)).toEqual(place);
  });
});
