import { describe, expect, it } from 'vitest';
import { checksumOf } from './download.ts';

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
