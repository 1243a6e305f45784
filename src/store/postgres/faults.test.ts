import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { postgresFaults } from './faults.ts';
import { parsePostgresUrl } from './postgres-url.ts';

const target = parsePostgresUrl('postgres://plumb:p%40ss%2Fword@db.example:6543/store?sslmode=require');
const faults = postgresFaults(target);
const failing = (code: string, message = 'failed') => Object.assign(new Error(message), { code });

describe('postgresFaults', () => {
  it.each([
    ['40001', 'conflict'],
    ['40P01', 'conflict'],
    ['57P01', 'disconnected'],
    ['08006', 'disconnected'],
    ['ECONNREFUSED', 'disconnected'],
    ['23505', 'other'],
  ])('takes the code %s as %s', (code, fault) => {
    expect(faults.classify(failing(code))).toBe(fault);
  });

  it('takes a connection that ended without a code as disconnected', () => {
    expect(faults.classify(new Error('Connection terminated unexpectedly'))).toBe('disconnected');
  });

  it('hides every spelling of the password, and names the target', () => {
    const cause = failing('XX000', 'oops p@ss/word and p%40ss%2Fword');
    const shown = inspect(faults.describe(cause), { depth: 10, showHidden: true });
    expect(shown).toContain('plumb@db.example:6543/store');
    expect(shown).not.toMatch(/p@ss\/word|p%40ss%2Fword/);
  });

  it('tells all the reasons of a host with several addresses', () => {
    const error = new AggregateError([
      failing('ECONNREFUSED', 'refused v6'),
      failing('ECONNREFUSED', 'refused v4'),
    ]);
    expect(faults.describe(error).message).toContain('refused v6; refused v4');
  });

  it('says what to do about a full disk', () => {
    expect(faults.describe(failing('53100'))).toMatchObject({ code: 'store_failed' });
    expect(faults.describe(failing('53100')).message).toContain('disk of the server is full');
  });
});
