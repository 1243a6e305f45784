import { describe, expect, it } from 'vitest';
import { checksumOf, whyMissing } from './download.ts';

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
  it('lets a mirror and a pre-release be without a signature, and no other release', () => {
    expect(whyMissing('https://mirror.example.com', '1.8.5')).toBe('the mirror has none');
    expect(whyMissing(null, '1.8.0-beta2')).toBe('this pre-release has none');
    expect(whyMissing(null, '1.8.5')).toBeNull();
  });
});
