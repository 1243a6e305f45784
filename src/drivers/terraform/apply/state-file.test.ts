import { describe, expect, it } from 'vitest';
import { stateVersion, withSerial } from './state-file.ts';

const STATE = `{
  "version": 4,
  "terraform_version": "1.11.4",
  "serial": 9,
  "lineage": "l",
  "outputs": {"serial": {"value": 12345678901234567890, "type": "number"}},
  "resources": []
}
`;

describe('withSerial', () => {
  it('changes the serial and no other byte', () => {
    expect(withSerial(STATE, 12)).toBe(STATE.replace('"serial": 9', '"serial": 12'));
  });

  it('refuses a state whose serial it would not hit', () => {
    const odd = '{"outputs": {"serial": 1}, "version": 4, "lineage": "l", "serial": 9}';
    expect(() => withSerial(odd, 12)).toThrow('serial');
  });
});

describe('stateVersion', () => {
  it('reads lineage and serial', () => {
    expect(stateVersion(STATE)).toEqual({ lineage: 'l', serial: 9 });
  });

  it.each(['', 'null', '{}', '{"version": 3, "serial": 1, "lineage": "l"}'])('refuses %j', (text) => {
    expect(() => stateVersion(text)).toThrow('state');
  });
});
