import { describe, expect, it } from 'vitest';
import { createLogger } from './log.ts';
import { createRedactor } from './redact.ts';

describe('createLogger', () => {
  it('hides secrets wherever they stand in a line', () => {
    const lines: string[] = [];
    const redactor = createRedactor(['hunter2-secret']);
    const log = createLogger({
      level: 'info',
      redactor,
      name: 'test',
      destination: { write: (line) => void lines.push(line) },
    });
    log.info({ url: 'x hunter2-secret y', err: new Error('with hunter2-secret') }, 'It happened');
    log.debug('not shown');
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('hunter2');
    expect(JSON.parse(lines[0]!)).toMatchObject({ name: 'test', message: 'It happened' });
  });
});
