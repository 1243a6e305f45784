import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

/** An identity provider on this machine: real keys, real HTTP. */
export interface IdentityServer {
  issuer: string;
  /** How often its keys were read. */
  reads(): number;
  /** A token that is signed with the present key; `key` signs with one that was never published. */
  token(
    claims: JWTPayload,
    options?: { audience?: string; issuer?: string; expires?: string | null; strangeKey?: boolean },
  ): Promise<string>;
  /** Replaces the keys; tokens of before can no longer be verified. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

interface Keys {
  kid: string;
  sign: CryptoKey;
  jwk: object;
}

/** Starts one; the caller closes it. */
export async function startIdentityServer(): Promise<IdentityServer> {
  let keys = await newKeys('first');
  let reads = 0;
  let issuer = '';
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/.well-known/openid-configuration') {
      response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` }));
    } else {
      reads += 1;
      response.end(JSON.stringify({ keys: [keys.jwk] }));
    }
  });
  await listen(server);
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    reads: () => reads,
    token: async (claims, options = {}) => {
      const key = options.strangeKey === true ? (await newKeys(keys.kid)).sign : keys.sign;
      const token = new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: keys.kid })
        .setIssuer(options.issuer ?? issuer)
        .setAudience(options.audience ?? 'plumbline')
        .setIssuedAt();
      if (options.expires !== null) token.setExpirationTime(options.expires ?? '5 minutes');
      return token.sign(key);
    },
    rotate: async () => {
      keys = await newKeys(`${keys.kid}-next`);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function newKeys(kid: string): Promise<Keys> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  return { kid, sign: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
}
