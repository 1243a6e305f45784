import { describe, expect, it } from 'vitest';
import { readImports } from './jsonnet-imports.ts';

describe('readImports', () => {
  it('finds what is imported, and nothing in comments and texts', () => {
    const text = `local a = import 'a.libsonnet';
// import 'no1'
# import 'no2'
/* import
'no3' */
{
  text: "import 'no4'",
  block: |||
    import 'no5'
  |||,
  data: importstr "d'ata.txt",
  bin: importbin @'b"in',
  name: (import "k.libsonnet").name,
  importer: 'x',
}`;
    expect(readImports(text)).toEqual([
      { target: 'a.libsonnet', line: 1, isCode: true },
      { target: "d'ata.txt", line: 11, isCode: false },
      { target: 'b"in', line: 12, isCode: false },
      { target: 'k.libsonnet', line: 13, isCode: true },
    ]);
  });
});
