import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Stack } from '../domain/stack.ts';
import type { Driver } from './driver.ts';
import { findStacks } from './find-stacks.ts';

function aDriver(kind: string, stacks: Partial<Stack>[]): Driver {
  const full = stacks.map((stack) => ({
    key: '',
    kind,
    path: '',
    workspace: 'default',
    dependsOn: [],
    ...stack,
  }));
  return {
    kind,
    options: z.object({}),
    discover: async () => ({ stacks: full, warnings: [`${kind} looked`] }),
    plan: () => Promise.reject(new Error('nothing is planned here')),
  };
}

async function find(drivers: Driver[], listed?: string[]) {
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  const source = { repo: 'r', workTree: '/', commit: '', include: [], exclude: [], log: quiet };
  const signal = new AbortController().signal;
  return await findStacks(drivers, { ...source, signal, ...(listed ? { listed } : {}) }, () => ({}));
}

describe('findStacks', () => {
  it('gives a folder to the first driver that claims it, with all its workspaces', async () => {
    const first = aDriver('terragrunt', [{ key: 'a', path: 'a' }]);
    const second = aDriver('terraform', [
      { key: 'a', path: 'a' },
      { key: 'b', path: 'b' },
      { key: 'b@blue', path: 'b', workspace: 'blue' },
    ]);
    const { stacks, warnings } = await find([first, second]);
    expect(stacks.map(({ kind, key }) => `${kind} ${key}`)).toEqual([
      'terragrunt a',
      'terraform b',
      'terraform b@blue',
    ]);
    expect(warnings).toEqual(['terragrunt looked', 'terraform looked']);
  });

  it('keeps what is listed and claimed by nobody, as unknown', async () => {
    const driver = aDriver('terraform', [
      { key: 'a', path: 'a' },
      { key: 'b@blue', path: 'b', workspace: 'blue' },
    ]);
    const { stacks } = await find([driver], ['./a/', 'b@blue', 'gone']);
    expect(stacks.map(({ kind, key }) => `${kind} ${key}`)).toEqual([
      'terraform a',
      'terraform b@blue',
      'unknown gone',
    ]);
  });
});
