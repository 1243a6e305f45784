import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A stand-in for DynamoDB, which can't be had here: one table whose key is `LockID`, with the three operations that Terraform
 * locks a state by, and their one condition. It refuses everything else, and requests that are not signed with its key.
 */
export interface DynamodbServer {
  url: string;
  stop(): Promise<void>;
}

type Item = Record<string, { S: string }>;
interface Asked {
  TableName?: string;
  Key?: Item;
  Item?: Item;
  ConditionExpression?: string;
}

export async function startDynamodb(at: { table: string; keyId: string }): Promise<DynamodbServer> {
  const items = new Map<string, Item>();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const answer = (status: number, content: object) =>
        response
          .writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
          .end(JSON.stringify(content));
      const authorization = request.headers.authorization ?? '';
      if (
        !authorization.startsWith(`AWS4-HMAC-SHA256 Credential=${at.keyId}/`) ||
        !authorization.includes('/dynamodb/aws4_request')
      ) {
        answer(400, refusal('UnrecognizedClientException', 'The security token is invalid.'));
        return;
      }
      const operation = String(request.headers['x-amz-target']).replace('DynamoDB_20120810.', '');
      const asked = JSON.parse(body) as Asked;
      if (asked.TableName !== at.table) answer(400, refusal('ResourceNotFoundException', 'No such table.'));
      else {
        const [status, content] = run(items, operation, asked);
        answer(status, content);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function run(items: Map<string, Item>, operation: string, asked: Asked): [number, object] {
  const id = (asked.Key ?? asked.Item)?.['LockID']?.S;
  if (id === undefined) return [400, refusal('ValidationException', 'The key is missing.')];
  const item = items.get(id);
  if (operation === 'GetItem') return [200, item === undefined ? {} : { Item: item }];
  if (operation === 'PutItem') {
    if (asked.ConditionExpression === 'attribute_not_exists(LockID)' && item !== undefined)
      return [400, refusal('ConditionalCheckFailedException', 'The conditional request failed.')];
    items.set(id, asked.Item!);
    return [200, {}];
  }
  if (operation === 'DeleteItem') {
    items.delete(id);
    return [200, {}];
  }
  return [400, refusal('UnknownOperationException', operation)];
}

function refusal(type: string, message: string): object {
  return { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message };
}
