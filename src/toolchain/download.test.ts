import { describe, expect, it } from 'vitest';
import { checksumOf, whyMissing } from './download.ts';
import { programOf } from './programs.ts';

const ONE = 'a'.repeat(64);
const TWO = 'B'.repeat(64);

describe('checksumOf', () => {
  it('finds a file’s checksum by its whole name', () => {
    const sums = `${ONE}  tool_1.0.0_linux_amd64.zip\r\n${TWO} *tool_1.0.0_linux_arm64.zip\n`;
    expect(checksumOf(sums, 'tool_1.0.0_linux_amd64.zip')).toBe(ONE);
    expect(checksumOf(sums, 'tool_1.0.0_linux_arm64.zip')).toBe(TWO.toLowerCase());
    expect(checksumOf(sums, 'linux_amd64.zip')).toBeNull();
  });

  it('takes no line that only looks like one', () => {
    expect(checksumOf(`${ONE.slice(1)}  tool.zip\n<html>`, 'tool.zip')).toBeNull();
  });
});

describe('whyMissing', () => {
  it.each<[string, string | null, string, string | null]>([
    ['terraform', 'https://mirror.example.com', '1.8.5', 'the mirror has none'],
    ['terraform', 'https://mirror.example.com', '1.8.0-beta2', 'the mirror has none'],
    ['opentofu', null, '1.8.0-beta2', 'this pre-release has none'],
    ['opentofu', null, '1.8.5', null],
    ['terraform', null, '1.8.0-beta2', null],
    ['terraform', null, '1.8.5', null],
  ])('says of %s from the mirror %s, %s: %s', (name, mirror, version, why) => {
    expect(whyMissing(mirror, programOf(name).release!, version)).toBe(why);
  });
});
