import { describe, expect, it } from 'vitest';
import { toolSecrets } from './tool-secrets.ts';

describe('toolSecrets', () => {
  it.each([
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'ARM_CLIENT_SECRET',
    'GOOGLE_CREDENTIALS',
    'PGPASSWORD',
    'SOPS_AGE_KEY',
    'TF_ENCRYPTION',
    'TF_TOKEN_app_terraform_io',
    'TF_TOKEN_registry_example_url',
    'TF_VAR_db_password',
    'VAULT_TOKEN',
  ])('takes the value of %s', (name) => {
    expect(toolSecrets({ PATH: '/bin', [name]: 'the value' })).toEqual(['the value']);
  });

  it.each([
    'AWS_ACCESS_KEY_ID',
    'AWS_PROFILE',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'GOOGLE_APPLICATION_CREDENTIALS',
    'HOME',
    'PATH',
    'TF_VAR_region',
    'VAULT_ADDR',
  ])('leaves the value of %s', (name) => {
    expect(toolSecrets({ [name]: 'the value' })).toEqual([]);
  });

  it('leaves what is empty', () => {
    expect(toolSecrets({ VAULT_TOKEN: '' })).toEqual([]);
  });
});
