import { describe, expect, it } from 'vitest';
import { resolveEnv } from './scan-env.ts';

describe('resolveEnv', () => {
  const given: Record<string, string> = { TOKEN: 'secret-value' };
  const secrets = { env: (name: string) => given[name] };

  it('takes values from the config and from the worker, and hides the latter', () => {
    const hidden: string[] = [];
    const redactor = { add: (secret: string) => void hidden.push(secret) };
    const env = resolveEnv({ REGION: { value: 'eu' }, API_TOKEN: { fromEnv: 'TOKEN' } }, secrets, redactor);
    expect(env).toEqual({ REGION: 'eu', API_TOKEN: 'secret-value' });
    expect(hidden).toEqual(['secret-value']);
  });

  it('names every variable that the worker lacks', () => {
    const sources = { A: { fromEnv: 'ONE' }, B: { fromEnv: 'TWO' } };
    expect(() => resolveEnv(sources, secrets, { add: () => undefined })).toThrow(
      expect.objectContaining({ code: 'secret_missing', message: expect.stringContaining('ONE, TWO') }),
    );
  });
});
