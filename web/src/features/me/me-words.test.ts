import { describe, expect, it } from 'vitest';
import { grantWords, isSignedIn } from './me-words.ts';

describe('grantWords', () => {
  it('says where a role holds, and nothing more when it holds everywhere', () => {
    expect(grantWords([{ role: 'admin', repos: [], environments: [] }])).toBe('admin');
    expect(
      grantWords([
        { role: 'viewer', repos: [], environments: [] },
        { role: 'approver', repos: ['core-*'], environments: ['production'] },
      ]),
    ).toBe('viewer, approver (repos core-*; environments production)');
    expect(grantWords([])).toBe('none');
  });
});

describe('isSignedIn', () => {
  it('is true only for an identity that can be given up', () => {
    expect(isSignedIn({ via: 'token' })).toBe(true);
    expect(isSignedIn({ via: 'open' })).toBe(false);
    expect(isSignedIn(undefined)).toBe(false);
  });
});
