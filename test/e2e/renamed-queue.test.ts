import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AttemptsJson } from '../../src/api/schemas/attempt.ts';
import { aHaltingSite } from '../support/halting.ts';
import { aSite, call, eventually, ready, type Site } from '../support/plumbline.ts';
import { aProcessSet } from '../support/process-set.ts';

describe('an attempt whose queue has left the config while its worker was dead', () => {
  const processes = aProcessSet();
  let site: Site;
  beforeEach(async () => {
    site = await aSite({});
  });
  afterEach(async () => {
    await processes.stop();
    await site.remove();
  });

  const start = (...args: string[]) => processes.start([...args, '--config', site.configFile]);
  const queueIs = (queue: object) =>
    site.configure({
      environments: [
        { name: 'production', paths: ['envs/prod/**'], policy: { approvals: { required: 0 }, ...queue } },
      ],
    });

  it.each([
    ['renamed', { queue: 'stacks-new' }, ['--queues', 'stacks-new']],
    ['removed', {}, []],
  ])('is closed by the workers that its stack has by now: %s', async (_, queue, queues) => {
    const tool = await aHaltingSite(site, 'applied');
    await queueIs({ queue: 'stacks-old' });
    const serve = start('serve');
    await ready(site, serve);
    const common = start('worker');
    const old = start('worker', '--queues', 'stacks-old');
    await call(site, 'POST', '/api/repos/infra/sync', {});
    await tool.halted();
    await old.kill();
    await queueIs(queue);
    process.kill(serve.pid, 'SIGHUP');
    await tool.go();
    const next = queues.length === 0 ? common : start('worker', ...queues);
    const [attempt] = await eventually(
      'the attempt is closed',
      async () => {
        const { attempts } = (await call<AttemptsJson>(site, 'GET', '/api/attempts')).json;
        return typeof attempts[0]?.ended_at === 'string' && attempts;
      },
      { withinMs: 100_000, log: next.log },
    );
    expect(attempt).toMatchObject({ stack: 'envs/prod', status: 'applied' });
    expect(await tool.times('apply')).toBe(1);
  });
});
