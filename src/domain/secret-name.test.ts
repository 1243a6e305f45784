import { describe, expect, it } from 'vitest';
import { looksSecret } from './secret-name.ts';

describe('looksSecret', () => {
  it.each([
    'DB_PASSWORD',
    'TF_VAR_db_password',
    'AWS_SECRET_ACCESS_KEY',
    'GITHUB_TOKEN',
    'apiKey',
    'client-secret',
    'TF_TOKEN_app_terraform_io',
  ])('takes %s for a secret', (name) => {
    expect(looksSecret(name)).toBe(true);
  });

  it.each([
    'AWS_REGION',
    'AWS_ACCESS_KEY_ID',
    'GOOGLE_APPLICATION_CREDENTIALS_FILE',
    'token_env',
    'TF_LOG',
    'key',
    'MONKEY',
    'secretary',
  ])('takes %s for harmless', (name) => {
    expect(looksSecret(name)).toBe(false);
  });
});
