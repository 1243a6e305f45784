import { describe, expect, it } from 'vitest';
import { quietEnv } from './render-session.ts';

describe('quietEnv', () => {
  it('hands on where programs are, and neither credentials nor this account’s home', () => {
    const baseEnv = {
      PATH: '/bin',
      LANG: 'C',
      HOME: '/home/me',
      SSH_AUTH_SOCK: '/run/agent',
      AWS_SECRET_ACCESS_KEY: 'x',
      VAULT_TOKEN: 'x',
      KUBECONFIG: '/kube',
      https_proxy: 'http://user:password@proxy',
    };
    expect(quietEnv({ context: { baseEnv, scratchDir: '/scratch' } })).toEqual({
      PATH: '/bin',
      LANG: 'C',
      HOME: '/scratch',
    });
  });
});
