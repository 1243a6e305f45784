import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApiClient } from '../../src/cli/api-client.ts';
import { processIo } from '../../src/cli/io.ts';
import { createProgram } from '../../src/cli/program.ts';
import { joinByRepo } from '../../src/cli/sync-request.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aStack } from '../support/api-data.ts';

let api: ApiFixture;
let url: string;

beforeEach(async () => {
  api = await apiFixture();
  url = await api.app.listen({ host: '127.0.0.1', port: 0 });
});

afterEach(() => api.close());

async function sync(environments: string): Promise<void> {
  const quiet = { out: () => undefined, note: () => undefined, progress: () => undefined };
  const program = createProgram({ ...processIo(), ...quiet, env: { PLUMBLINE_URL: url } });
  await program.parseAsync(['sync', '--environments', environments], { from: 'user' });
}

describe('sync --environments of which one is empty', () => {
  const empty = (name: string) => ({
    code: 'usage',
    message: expect.stringContaining(
      `Nothing is known to belong to ${name}: scan its repositories first`,
    ) as string,
  });

  it('starts nothing where nothing was scanned yet, and says what to do', async () => {
    await expect(sync('dev,staging,prod')).rejects.toMatchObject(empty('development'));
    expect(api.temporal.requested).toEqual([]);
  });

  it('leaves none of them out', async () => {
    await api.store.stacks.discovered('my-infra', [aStack('envs/dev')], { complete: true });
    await expect(sync('dev,prod')).rejects.toMatchObject(empty('production'));
    const named = { type: 'environment', name: 'staging' } as const;
    const client = createApiClient({ baseUrl: url, token: undefined });
    await expect(joinByRepo(client, [named], {})).rejects.toMatchObject(empty('staging'));
    expect(api.temporal.requested).toEqual([]);
  });
});
