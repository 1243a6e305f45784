import { createHash } from 'node:crypto';
import type { TokenSettings } from '../../src/domain/settings.ts';

/** A token of the config that may do everything, with what a test wants otherwise. */
export function aToken(name: string, secret: string, overrides: Partial<TokenSettings> = {}): TokenSettings {
  return {
    name,
    sha256: createHash('sha256').update(secret).digest('hex'),
    kind: 'person',
    teams: [],
    aliases: [],
    grants: [{ role: 'admin', repos: [], environments: [] }],
    expiresAt: null,
    ...overrides,
  };
}
