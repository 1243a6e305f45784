import { describe, expect, it } from 'vitest';
import { anchorsOf, anchorText, anchorTroubles } from './anchor-health.ts';

const NAMES = ['s3 audit', 'syslog tcp://logs:514'];
const SIGNED = '2026-03-01T10:00:00.000Z';
const later = (minutes: number) => new Date(Date.parse(SIGNED) + minutes * 60_000);
const failure = { since: '2026-03-01T09:00:00.000Z', code: 'audit_anchor_failed' };

describe('anchorTroubles', () => {
  it.each([
    ['no head was signed yet', undefined, 60, []],
    ['all have the newest head', { at: SIGNED, anchor: anchorText(NAMES) }, 60, []],
    ['the newest head is being written', { at: SIGNED, anchor: 's3 audit' }, 1, []],
    ['one lacks it for long', { at: SIGNED, anchor: 's3 audit' }, 4, [NAMES[1]]],
    ['none ever got it', { at: SIGNED, anchor: '' }, 4, NAMES],
  ])('when %s, names those that lag', (_, newest, minutes, lagging) => {
    expect(anchorTroubles(NAMES, newest, new Map(), later(minutes))).toEqual(
      lagging.map((name) => ({ name, state: 'lagging', since: SIGNED, code: null })),
    );
  });

  it('names one that fails at once, with its code and since when', () => {
    const failures = new Map([[NAMES[0]!, failure]]);
    const newest = { at: SIGNED, anchor: NAMES[1]! };
    expect(anchorTroubles(NAMES, newest, failures, later(0))).toEqual([
      { name: NAMES[0], state: 'failing', ...failure },
    ]);
    expect(anchorTroubles([NAMES[1]!], newest, failures, later(9))).toEqual([]);
  });

  it('reads the names that it wrote', () => {
    expect(anchorsOf({ anchor: anchorText(NAMES) })).toEqual(NAMES);
    expect(anchorsOf({ anchor: anchorText([]) })).toEqual([]);
  });
});
