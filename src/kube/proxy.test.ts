import { describe, expect, it } from 'vitest';
import { proxyOf } from './proxy.ts';

const PROXY = 'http://proxy.example.com:3128';
const API = 'https://kube.example.com:6443';

describe('proxyOf', () => {
  it.each([
    ['none', {}, API, null],
    ['the one for https', { HTTPS_PROXY: PROXY }, API, PROXY],
    ['in lower case', { https_proxy: PROXY }, API, PROXY],
    ['without a scheme', { HTTPS_PROXY: 'proxy.example.com:3128' }, API, PROXY],
    ['not the one for http', { HTTP_PROXY: PROXY }, API, null],
    ['the one for http', { HTTP_PROXY: PROXY }, 'http://kube.example.com', PROXY],
    ['none for this machine', { HTTPS_PROXY: PROXY }, 'https://127.0.0.1:6443', null],
    ['none for this machine by IPv6', { HTTPS_PROXY: PROXY }, 'https://[::1]:6443', null],
    ['none for this machine by name', { HTTPS_PROXY: PROXY }, 'https://localhost:6443', null],
  ])('is %s', (_, env, server, expected) => {
    expect(proxyOf(server, env as Record<string, string>)).toBe(expected);
  });

  it.each([
    ['*', true],
    ['kube.example.com', true],
    ['KUBE.example.com', true],
    ['example.com', true],
    ['.example.com', true],
    ['*.example.com', true],
    ['other.example.com, example.com', true],
    ['example.com:6443', true],
    ['example.com:443', false],
    ['.kube.example.com', false],
    ['ample.com', false],
    ['10.0.0.0/8', false],
    ['', false],
  ])('with NO_PROXY %j leaves a name out: %s', (list, left) => {
    expect(proxyOf(API, { HTTPS_PROXY: PROXY, NO_PROXY: list })).toBe(left ? null : PROXY);
  });

  it.each([
    ['10.0.0.0/8', true],
    ['10.1.2.3', true],
    ['10.1.2.3:6443', true],
    ['10.1.2.3:443', false],
    ['10.1.2.4', false],
    ['192.168.0.0/16', false],
  ])('with NO_PROXY %j leaves an address out: %s', (list, left) => {
    const env = { HTTPS_PROXY: PROXY, no_proxy: list };
    expect(proxyOf('https://10.1.2.3:6443', env)).toBe(left ? null : PROXY);
  });
});
