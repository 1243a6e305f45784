import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApiClient } from './api-client.ts';

describe('the API client of the CLI', () => {
  let server: Server;
  let baseUrl: string;

  beforeEach(async () => {
    server = createServer((request, response) => {
      const status = Number(request.url?.slice(1)) || 200;
      const problem = JSON.stringify({ code: 'told', detail: 'No' });
      response.writeHead(status).end(status === 200 ? '<html>' : problem);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    baseUrl = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it.each(['localhost:8080', 'plumbline', 'ftp://host', ''])('takes %j as bad usage', (address) => {
    const create = () => createApiClient({ baseUrl: address, token: undefined });
    expect(create).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  it('says what to do about a refusal', async () => {
    const client = createApiClient({ baseUrl, token: undefined });
    await expect(client.get('/401')).rejects.toMatchObject({
      code: 'told',
      message: expect.stringContaining('PLUMBLINE_TOKEN'),
    });
    await expect(client.get('/409')).rejects.toThrow('plumbline cancel');
  });

  it('tells another server from Plumbline', async () => {
    const client = createApiClient({ baseUrl: `${baseUrl}/`, token: undefined });
    await expect(client.get('/')).rejects.toMatchObject({ code: 'api_unexpected' });
  });
});
