import { describe, expect, it } from 'vitest';
import { storedSettings } from './stored-settings.ts';

describe('storedSettings', () => {
  it('gives settings of an older version what they could not say yet', () => {
    const settings = storedSettings(JSON.stringify({ gitAllowLocal: true }));
    expect(settings).toMatchObject({
      gitAllowLocal: true,
      environments: [],
      approvals: { allowUnsignedSignals: false },
    });
  });

  it('keeps what was published', () => {
    const settings = storedSettings(JSON.stringify({ approvals: { allowUnsignedSignals: true } }));
    expect(settings.approvals.allowUnsignedSignals).toBe(true);
  });
});
