import { describe, expect, it } from 'vitest';
import { namedPaths } from './named-paths.ts';

const either = (path: string) => ({ base: 'either', path });

describe('namedPaths', () => {
  it.each<[string, object[]]>([
    ['x = file("../../shared/x.yaml")', [either('../../shared/x.yaml')]],
    ['x = yamldecode(file("${path.module}/../x.yaml"))', [{ base: 'module', path: './../x.yaml' }]],
    ['x = templatefile("${path.root}/t/a.tpl", {})', [{ base: 'root', path: './t/a.tpl' }]],
    ['x = fileset("../policies", "**/*.json")', [either('../policies')]],
    ['x = fileset(path.module, "../policies/*.json")', [either('../policies')]],
    ['command = "bash ../../scripts/run.sh --fast ${self.id}"', [either('../../scripts/run.sh')]],
    ['command = <<-EOT\n  # not: a comment\n  cd ../.. && make\nEOT\n', [either('../..')]],
    ['x = file("${path.module}/../t/${var.name}.tpl")', [{ base: 'module', path: './../t' }]],
    ['x = file("../t/part-${var.name}.tpl")', [either('../t')]],
    ['x = {"a": "${file(\\"../x.json\\")}"}', [either('../x.json')]],
    // What lies in the stack's own folder anyway, and what is no path.
    ['x = file("policy.json")', []],
    ['x = concat(var.a...)', []],
    ['x = "1..5"', []],
    ['# file("../../x")\n// file(var.x)\n/* ${path.module}/../y */ x = "https://example.com/#a"', []],
  ])('%s', (text, paths) => {
    expect(namedPaths(text)).toEqual({ paths, unresolved: undefined });
  });

  it('leaves out what is known already, such as sources of modules', () => {
    expect(namedPaths('source = "../dns"', ['../dns']).paths).toEqual([]);
  });

  it.each([
    'x = file(var.path)',
    'x = file("${var.folder}/x")',
    'x = file(join("/", [path.module, "..", "x"]))',
    'x = filebase64(each.value)',
    'command = "${var.folder}/../run.sh"',
  ])('says that it can not tell: %s', (text) => {
    expect(namedPaths(text).unresolved).toBeTypeOf('string');
  });
});
