import { describe, expect, it } from 'vitest';
import { refuseBlindPlans } from './environment.ts';

describe('refuseBlindPlans', () => {
  it.each([
    ['-target=a.b'],
    ['-parallelism=2 -refresh=false'],
    ['--refresh-only'],
    ['-exclude a.b'],
    ['-destroy'],
    ['-lock=true'],
  ])('refuses %s, with which a stack could look in sync or be locked', (args) => {
    for (const name of ['TF_CLI_ARGS', 'TF_CLI_ARGS_plan'])
      expect(() => refuseBlindPlans({ [name]: args })).toThrow(/scan\.env sets TF_CLI_ARGS/);
  });

  it.each([['-parallelism=2'], ['-var=target=x'], ['-lock-timeout=1m'], ['-compact-warnings']])(
    'lets %s through',
    (args) => {
      expect(() => refuseBlindPlans({ TF_CLI_ARGS_plan: args, TF_CLI_ARGS_init: '-upgrade' })).not.toThrow();
    },
  );
});
