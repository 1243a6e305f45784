import { describe, expect, it } from 'vitest';
import { normaliseArgv } from './argv.ts';

describe('normaliseArgv', () => {
  it('reads driftd’s -config as --config, with the value apart or joined', () => {
    expect(normaliseArgv(['serve', '-config', 'config.yaml'])).toEqual(['serve', '--config', 'config.yaml']);
    expect(normaliseArgv(['worker', '-config=config.yaml'])).toEqual(['worker', '--config=config.yaml']);
  });

  it('leaves everything else as it is', () => {
    expect(normaliseArgv(['scan', '-h', '--config', '-configuration'])).toEqual([
      'scan',
      '-h',
      '--config',
      '-configuration',
    ]);
  });
});
