import { describe, expect, it } from 'vitest';
import { isLoopback, refuseCrossSite, refuseRebound, refuseRemoteChange } from './request-origin.ts';

describe('isLoopback', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.7', false],
    ['::ffff:10.0.0.7', false],
    ['fe80::1', false],
    ['127.0.0.1.example.com', false],
    ['', false],
    [undefined, false],
  ])('takes %s as loopback: %s', (address, expected) => {
    expect(isLoopback(address)).toBe(expected);
  });
});

describe('refuseRemoteChange', () => {
  const local = {
    method: 'POST',
    remoteAddress: '127.0.0.1',
    peer: 'own' as const,
    headers: { host: 'localhost:8080' },
  };

  it.each([
    ['from this machine', {}],
    ['over IPv6', { remoteAddress: '::1', headers: { host: '[::1]:8080' } }],
    ['to a name under .localhost', { headers: { host: 'plumbline.localhost' } }],
    ['to a loopback address', { headers: { host: '127.0.0.1:8080' } }],
    ['where the system does not tell users apart', { peer: 'unknown' as const }],
    ['that only reads', { method: 'GET', remoteAddress: '10.0.0.7' }],
  ])('lets pass a request %s', (_title, changes) => {
    expect(refuseRemoteChange({ ...local, ...changes })).toBeUndefined();
  });

  it.each([
    ['from another machine', { remoteAddress: '10.0.0.7' }],
    ['of another user, such as a proxy', { peer: 'other' as const }],
    ['from an unknown address', { remoteAddress: undefined }],
    ['to a foreign name that points here', { headers: { host: 'rebound.example.com:8080' } }],
    ['to a name that merely begins like a loopback address', { headers: { host: '127.0.0.1.example.com' } }],
    ['without a host', { headers: {} }],
    [
      'that a proxy on this machine forwards',
      { headers: { host: 'localhost', 'x-forwarded-for': '127.0.0.1' } },
    ],
    ['from elsewhere that claims to be local', { remoteAddress: '10.0.0.7', headers: { host: 'localhost' } }],
    ['that deletes', { method: 'DELETE', remoteAddress: '10.0.0.7' }],
  ])('refuses a change %s', (_title, changes) => {
    expect(refuseRemoteChange({ ...local, ...changes })?.code).toBe('remote_change_refused');
  });
});

describe('refuseCrossSite', () => {
  const request = (headers: Record<string, string>, method = 'POST') =>
    refuseCrossSite({
      method,
      remoteAddress: '127.0.0.1',
      peer: 'own',
      headers: { host: 'localhost:8080', ...headers },
    });

  it.each([
    ['a program that is no browser', {}],
    ['a page of its own', { 'sec-fetch-site': 'same-origin', origin: 'http://localhost:8080' }],
    ['the address bar', { 'sec-fetch-site': 'none' }],
    ['an old browser on a page of its own', { origin: 'http://localhost:8080' }],
    [
      'its own page behind a proxy that renames the host',
      { 'sec-fetch-site': 'same-origin', origin: 'https://p.example' },
    ],
  ])('lets pass %s', (_title, headers) => {
    expect(request(headers as Record<string, string>)).toBeUndefined();
  });

  it.each([
    ['a page of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['a page of a neighbour', { 'sec-fetch-site': 'same-site' }],
    ['an old browser on a page of another site', { origin: 'https://evil.example' }],
    ['another port of this machine', { origin: 'http://localhost:3000' }],
    ['a page without an origin', { origin: 'null' }],
  ])('refuses %s', (_title, headers) => {
    expect(request(headers as Record<string, string>)?.code).toBe('cross_site_refused');
  });

  it('lets other sites read what everybody may read', () => {
    expect(request({ 'sec-fetch-site': 'cross-site' }, 'GET')).toBeUndefined();
  });
});

describe('refuseRebound', () => {
  const request = (host: string, headers: Record<string, string> = {}, method = 'POST') =>
    refuseRebound({ method, remoteAddress: '10.0.0.7', peer: 'unknown', headers: { host, ...headers } }, [
      'plumbline.example.com',
    ]);
  const BROWSER = { 'sec-fetch-site': 'same-origin', origin: 'http://evil.example' };

  it.each([
    ['a configured name', 'plumbline.example.com:8080'],
    ['a configured name in capitals', 'Plumbline.example.com'],
    ['an address', '10.0.0.1:8080'],
    ['an address of IPv6', '[fd00::1]:8080'],
    ['a name without a dot', 'plumbline:8080'],
    ['a local name', 'plumbline.localhost'],
  ])('lets pass a page of %s', (_title, host) => {
    expect(request(host, BROWSER)).toBeUndefined();
  });

  it.each([
    ['a page of a name that points here', 'evil.example:8080', BROWSER],
    ['an old browser', 'evil.example', { origin: 'http://evil.example' }],
    ['a browser that names no origin', 'evil.example', { 'sec-fetch-site': 'none' }],
    ['a page below a configured name', 'x.plumbline.example.com', BROWSER],
  ])('refuses %s', (_title, host, headers) => {
    expect(request(host, headers as Record<string, string>)?.code).toBe('host_refused');
  });

  it('lets programs call the server what they like, and pages read', () => {
    expect(request('elsewhere.example')).toBeUndefined();
    expect(request('evil.example', BROWSER, 'GET')).toBeUndefined();
  });
});
