import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localAliases } from './local-aliases.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'plumbline-home-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const program = async () => 'git';
const env = () => ({ PATH: process.env['PATH'] ?? '', HOME: home, GIT_CONFIG_NOSYSTEM: '1' });

describe('localAliases', () => {
  it("is the address of the user's Git settings", async () => {
    await writeFile(join(home, '.gitconfig'), '[user]\n\temail = Alice@Example.com\n');
    expect(await localAliases({ program, cwd: home, env: env() })).toEqual(['Alice@Example.com']);
  });

  it('is nothing where Git knows no address, or is not there', async () => {
    expect(await localAliases({ program, cwd: home, env: env() })).toEqual([]);
    expect(await localAliases({ program, cwd: home, env: { PATH: home } })).toEqual([]);
  });
});
