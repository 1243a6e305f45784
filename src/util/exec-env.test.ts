import { describe, expect, it } from 'vitest';
import { baseEnv, toolEnv } from './exec-env.ts';

const full = {
  PATH: '/bin',
  HOME: '/home/me',
  LC_ALL: 'C.UTF-8',
  https_proxy: 'http://proxy',
  NO_PROXY: 'local',
  SSH_AUTH_SOCK: '/run/agent',
  GOPROXY: 'off',
  AWS_SECRET_ACCESS_KEY: 'aws',
  ARM_CLIENT_SECRET: 'azure',
  GOOGLE_APPLICATION_CREDENTIALS: '/key.json',
  KUBECONFIG: '/kube',
  TF_VAR_size: '3',
  TF_TOKEN_app_terraform_io: 'token',
  TF_CLI_CONFIG_FILE: '/rc',
  TF_DATA_DIR: '/elsewhere',
  TF_CLI_ARGS_plan: '-lock=true',
  TF_LOG: 'trace',
  PLUMBLINE_DATA_KEY: 'key',
  NODE_OPTIONS: '--inspect',
  LD_PRELOAD: '/evil.so',
  UNSET: undefined,
};

describe('baseEnv', () => {
  it('hands on paths, language, proxies and Go’s settings, and no credential', () => {
    expect(Object.keys(baseEnv(full)).toSorted()).toEqual([
      'GOPROXY',
      'HOME',
      'LC_ALL',
      'NO_PROXY',
      'PATH',
      'SSH_AUTH_SOCK',
      'https_proxy',
    ]);
  });
});

describe('toolEnv', () => {
  it('adds the credentials of clouds and clusters, and Terraform’s variables', () => {
    expect(toolEnv(full)).toMatchObject({
      ...baseEnv(full),
      AWS_SECRET_ACCESS_KEY: 'aws',
      ARM_CLIENT_SECRET: 'azure',
      KUBECONFIG: '/kube',
      TF_VAR_size: '3',
      TF_TOKEN_app_terraform_io: 'token',
      TF_CLI_CONFIG_FILE: '/rc',
    });
  });

  it('keeps back what would change what a run means, and Plumbline’s own secrets', () => {
    const given = Object.keys(toolEnv(full));
    for (const name of [
      'TF_DATA_DIR',
      'TF_CLI_ARGS_plan',
      'TF_LOG',
      'PLUMBLINE_DATA_KEY',
      'NODE_OPTIONS',
      'LD_PRELOAD',
      'UNSET',
    ]) {
      expect(given).not.toContain(name);
    }
  });
});
