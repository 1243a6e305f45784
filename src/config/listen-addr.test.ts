import { describe, expect, it } from 'vitest';
import { parseListenAddr } from './listen-addr.ts';

describe('parseListenAddr', () => {
  it.each([
    [':8080', '0.0.0.0', 8080],
    ['127.0.0.1:0', '127.0.0.1', 0],
    ['localhost:80', 'localhost', 80],
    ['[::1]:8080', '::1', 8080],
    ['[::]:8080', '::', 8080],
  ])('reads %s', (text, host, port) => {
    expect(parseListenAddr(text)).toEqual({ ok: true, value: { host, port } });
  });

  it.each(['8080', 'localhost', ':99999', ':http', 'http://x:80', '::1:80', ''])('refuses %j', (text) => {
    expect(parseListenAddr(text)).toMatchObject({ ok: false, suggestion: expect.any(String) as string });
  });
});
