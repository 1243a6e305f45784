import { describe, expect, it } from 'vitest';
import { gitUrl, isOwnUrl } from './own-urls.ts';

describe('gitUrl', () => {
  it.each([
    'https://git.example.com/home/homelab.git',
    'https://git.example.com/home/homelab/',
    'https://GIT.example.com:443/home/homelab',
    'https://bob:secret@git.example.com/home/homelab.git',
    'ssh://git@git.example.com/home/homelab.git',
    'ssh://git@git.example.com:22/home/homelab',
    'git@git.example.com:home/homelab.git',
  ])('has one form for %s', (url) => {
    expect(gitUrl(url)).toBe('git.example.com/home/homelab');
  });

  it.each([
    ['/srv/git/homelab.git', '/srv/git/homelab'],
    ['file:///srv/git/homelab.git', '/srv/git/homelab'],
    ['http://localhost:3000/home/homelab', 'localhost:3000/home/homelab'],
  ])('of %s is %s', (url, form) => {
    expect(gitUrl(url)).toBe(form);
  });
});

describe('isOwnUrl', () => {
  it.each([
    [['git.example.com/home/homelab'], true],
    [['git.example.com/home/other'], false],
    [[], undefined],
  ])('where this repository’s are %j: %s', (own, is) => {
    expect(isOwnUrl('git@git.example.com:home/homelab.git', own)).toBe(is);
  });
});
