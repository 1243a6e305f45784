import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Renamed, runLostApply } from '../support/lost-apply.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});

describe('an apply whose worker was lost, and whose queue was renamed', () => {
  it.each<[string, Renamed]>([
    ['before anybody looks for the attempt', 'before'],
    ['while its recovery waits in the old one', 'meanwhile'],
  ])('is looked into by the workers of the new queue: %s', async (_, renamed) => {
    const name = `lost-${randomUUID().slice(0, 8)}`;
    const result = await runLostApply(temporal, { name, renamed });
    expect(result).toMatchObject({ status: 'failed', error_code: 'worker_lost', message: 'The fake knows.' });
  });
});
