import { parse } from '@cdktn/hcl2json';
import { describe, expect, it } from 'vitest';
import { attributeOf, literalString, scanHcl } from './hcl-scan.ts';

const TEXT = `
# comment with { and "
terraform {
  required_version = "~> 1.5" // not "2"
  backend "s3" {
    key = "a/\${b}/c" /* } */
  }
}

resource "terraform_data" "a" {
  input = <<-EOT
    } not the end "
    \${jsonencode({ a = "}" })}
  EOT
  list = [
    "x", # ]
    "y"
  ]
}
locals { one = 1 }
module "m" {
  source  = "./modules/m"
  version = "1.0"
  text    = "say \\"hi\\" $\${no} %{ if true }}%{ endif }"
}
`;

describe('scanHcl', () => {
  it('finds the blocks that a full parser finds', async () => {
    const parsed = (await parse('main.tf', TEXT)) as Record<string, object>;
    const scanned = scanHcl(TEXT).blocks;
    expect([...new Set(scanned.map((block) => block.type))].sort()).toEqual(Object.keys(parsed).sort());
    expect(scanned.map((block) => [block.type, ...block.labels])).toEqual([
      ['terraform'],
      ['resource', 'terraform_data', 'a'],
      ['locals'],
      ['module', 'm'],
    ]);
    expect(scanned.map((block) => block.line)).toEqual([3, 10, 20, 21]);
  });

  it('reads attributes and nested blocks of a body', () => {
    const [settings, , , module] = scanHcl(TEXT).blocks;
    const inner = scanHcl(settings!.body);
    expect(literalString(attributeOf(inner, 'required_version'))).toBe('~> 1.5');
    expect(inner.blocks.map((block) => block.labels)).toEqual([['s3']]);
    expect(scanHcl(module!.body).attributes.map((attribute) => attribute.name)).toEqual([
      'source',
      'version',
      'text',
    ]);
    expect(literalString(attributeOf(scanHcl(module!.body), 'source'))).toBe('./modules/m');
  });

  it('takes an expression with interpolation for no literal', () => {
    expect(literalString('"${a}"')).toBeUndefined();
    expect(literalString('"$${a}"')).toBe('${a}');
    expect(literalString('[1]')).toBeUndefined();
  });

  it.each(['', '{', '}', '"', 'a "b" {', 'x = <<EOT\nnever', '['.repeat(100_000), 'a = "${"${"'])(
    'ends on broken text (%#)',
    (text) => {
      expect(scanHcl(text)).toHaveProperty('blocks');
    },
  );
});
