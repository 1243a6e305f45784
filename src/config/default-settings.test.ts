import { describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.ts';
import { defaultSettings } from './default-settings.ts';

describe('defaultSettings', () => {
  it('gives the defaults without a file', () => {
    const settings = defaultSettings({ dataDir: '/data', env: {}, cwd: '/' });
    expect(settings.dataDir).toBe('/data');
    expect(settings.published.worker.concurrency).toBe(5);
    expect(settings.published.repos).toEqual([]);
  });

  it('takes what is given in the keys of the file', () => {
    const settings = defaultSettings({
      dataDir: 'data',
      env: {},
      cwd: '/folder',
      config: {
        git: { allow_local: true },
        repos: [{ name: 'demo', url: './repo' }],
        listen_addr: '127.0.0.1:0',
      },
    });
    expect(settings.published.repos[0]).toMatchObject({ name: 'demo', url: '/folder/repo' });
    expect(settings.listen).toEqual({ host: '127.0.0.1', port: 0 });
  });

  it('checks it as it would check the file', () => {
    const make = (): unknown =>
      defaultSettings({ dataDir: 'data', env: {}, config: { repos: [{ name: 'demo', url: '/repo' }] } });
    expect(make).toThrow(ConfigError);
  });
});
