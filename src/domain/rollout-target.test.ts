import {
  assert,
  constant,
  constantFrom,
  integer,
  oneof,
  option,
  property,
  record,
  stringMatching,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseRolloutReference,
  revisionWords,
  ROLLOUT_KINDS,
  rolloutReference,
  workloadWords,
} from './rollout-target.ts';

const name = stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/);
const target = record({
  kind: constantFrom(...ROLLOUT_KINDS),
  namespace: option(name),
  name,
  revision: oneof(constant('previous' as const), integer({ min: 1 })),
});

describe('the reference of a rollout', () => {
  it('is read as it was written', () => {
    assert(
      property(target, (each) => {
        expect(parseRolloutReference(rolloutReference(each))).toEqual(each);
      }),
    );
  });

  it.each([
    ['a backup', 'backup-attempt-1'],
    ['another kind', 'rollout:job/shop/web@1'],
    ['no revision', 'rollout:deployment/shop/web@'],
    ['revision 0', 'rollout:deployment/shop/web@0'],
    ['a name that is none', 'rollout:deployment/shop/We b@1'],
    ['a namespace that is none', 'rollout:deployment/..%2f/web@1'],
    ['more after it', 'rollout:deployment/shop/web@1/x'],
  ])('is not read where it is %s', (_, text) => {
    expect(parseRolloutReference(text)).toBeUndefined();
  });

  it.each([
    ['rollout:deployment/shop/web@3', 'deployment web in shop to revision 3'],
    ['rollout:statefulset//db@previous', 'statefulset db to its previous revision'],
  ])('%s is, in words, %s', (text, words) => {
    const read = parseRolloutReference(text)!;
    expect(`${workloadWords(read)} to ${revisionWords(read)}`).toBe(words);
  });
});
