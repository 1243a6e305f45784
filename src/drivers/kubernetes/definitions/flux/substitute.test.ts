import { describe, expect, it } from 'vitest';
import { isVariableName, substitute } from './substitute.ts';

const VARIABLES = { site: 'homelab', image: 'a/b/c.tar.gz', empty: '', n: '3' };

describe('substitute', () => {
  it.each([
    ['${site}', 'homelab'],
    ['a ${site} b ${n}', 'a homelab b 3'],
    ['$site and $(site)', '$site and $(site)'],
    ['$${site}', '${site}'],
    ['a$$b', 'a$$b'],
    ['${unclosed', '${unclosed'],
    ['${none:-x}', 'x'],
    ['${none:=x}', 'x'],
    ['${none=x}', 'x'],
    ['${none:=${site}}', 'homelab'],
    ['${none:=}', ''],
    ['${empty:-x}', 'x'],
    ['${empty=x}', ''],
    ['${site:-x}', 'homelab'],
    ['${#site}', '7'],
    ['${site^}', 'Homelab'],
    ['${site^^}', 'HOMELAB'],
    ['${site:4}', 'lab'],
    ['${site:0:4}', 'home'],
    ['${image#*/}', 'b/c.tar.gz'],
    ['${image##*/}', 'c.tar.gz'],
    ['${image%.*}', 'a/b/c.tar'],
    ['${image%%.*}', 'a/b/c'],
    ['${image/a/x}', 'x/b/c.tar.gz'],
    ['${image//a/x}', 'x/b/c.txr.gz'],
    ['${site/#home/x}', 'xlab'],
    ['${site/%lab/x}', 'homex'],
  ])('makes of %s: %s', (text, made) => {
    expect(substitute(text, VARIABLES)).toEqual({ text: made, undefined: [] });
  });

  it('names each variable that has neither a value nor a default, once', () => {
    expect(substitute('${b} ${a} ${b} ${c:=1} ${#d}', {}).undefined).toEqual(['a', 'b', 'd']);
  });

  it.each(['not-a-name', '1', 'site@U', '#site-x'])('names ${%s}, which is not understood', (expression) => {
    expect(substitute(`\${${expression}}`, VARIABLES).undefined).toEqual([expression]);
  });

  it('tells what each variable came to, also inside of a default', () => {
    const made: string[] = [];
    substitute('${site:0:4} ${none:-${site^^}} ${n:-1}', VARIABLES, (name, text) =>
      made.push(`${name} ${text}`),
    );
    expect(made).toEqual(['site home', 'site HOMELAB', 'n 3']);
  });

  it('does not take a value for a text with variables', () => {
    expect(substitute('${a}', { a: '${site}' }).text).toBe('${site}');
  });
});

describe('isVariableName', () => {
  it.each([
    ['site', true],
    ['_a1', true],
    ['1a', false],
    ['a-b', false],
    ['', false],
  ])('%s', (name, is) => {
    expect(isVariableName(name)).toBe(is);
  });
});
