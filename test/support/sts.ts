import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A local STS that lets one caller assume one role, and refuses everything else. Its keys come without a session token, which the
 * local S3 server does not know.
 */
export interface StsServer {
  url: string;
  /** Sessions that were given out, in order. */
  sessions: string[];
  stop(): Promise<void>;
}

/** Who may assume what, and the keys that are given for it. */
export interface StsRole {
  callerKeyId: string;
  roleArn: string;
  keys: { accessKeyId: string; secretAccessKey: string };
}

export async function startSts({ callerKeyId, roleArn, keys }: StsRole): Promise<StsServer> {
  const sessions: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const asked = new URLSearchParams(body);
      const authorization = request.headers.authorization ?? '';
      const allowed =
        authorization.startsWith(`AWS4-HMAC-SHA256 Credential=${callerKeyId}/`) &&
        authorization.includes('/sts/aws4_request') &&
        asked.get('Action') === 'AssumeRole' &&
        asked.get('RoleArn') === roleArn;
      response.setHeader('content-type', 'text/xml');
      if (!allowed) {
        response.writeHead(403).end(refusal('AccessDenied', `Not for ${asked.get('RoleArn')}.`));
        return;
      }
      sessions.push(asked.get('RoleSessionName') ?? '');
      response.writeHead(200).end(answer(roleArn, keys));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sessions,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

function answer(roleArn: string, { accessKeyId, secretAccessKey }: StsRole['keys']): string {
  const end = new Date(Date.now() + 3_600_000).toISOString();
  return `<AssumeRoleResponse xmlns="${NAMESPACE}"><AssumeRoleResult>
<Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey><SessionToken></SessionToken><Expiration>${end}</Expiration></Credentials>
<AssumedRoleUser><Arn>${roleArn}/session</Arn><AssumedRoleId>AROA:session</AssumedRoleId></AssumedRoleUser>
</AssumeRoleResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleResponse>`;
}

function refusal(code: string, message: string): string {
  return `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`;
}
