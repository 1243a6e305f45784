import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../config/default-settings.ts';
import { keysOfNextStart } from './keys-of-next-start.ts';

const settings = (config: Parameters<typeof defaultSettings>[0]['config'] = {}) =>
  defaultSettings({ dataDir: '/data', env: {}, cwd: '/', config });

describe('keysOfNextStart', () => {
  it('names what only a new start puts into force, and nothing that a reload does', () => {
    const reloaded = settings({
      repos: [{ name: 'infra', url: 'https://host.example/infra.git', schedule: '@daily' }],
      scan: { timeout: '5m' },
      auth: 'none',
      worker: { task_max_age: '1h' },
    });
    expect(keysOfNextStart(settings(), reloaded)).toEqual([]);

    const restarted = settings({
      listen_addr: ':9090',
      worker: { concurrency: 9 },
      temporal: { namespace: 'other' },
      environments: [{ name: 'production', policy: { queue: 'stacks-production' } }],
    });
    expect(keysOfNextStart(settings(), restarted)).toEqual([
      'listen_addr',
      'temporal',
      'worker.concurrency',
      'environments[].policy.queue',
    ]);
  });
});
