import { describe, expect, it } from 'vitest';
import { blockedChains } from './blocked-chain.ts';

const ready = (key: string, ...dependsOn: string[]) => ({ key, dependsOn, isReady: true });
const waiting = (key: string, ...dependsOn: string[]) => ({ key, dependsOn, isReady: false });

describe('why stacks wait for others', () => {
  it.each([
    { title: 'nobody waits where all are ready', stacks: [ready('a'), ready('b', 'a')], are: {} },
    { title: 'what needs nothing waits for nobody', stacks: [waiting('a')], are: {} },
    { title: 'what needs what is ready waits for nobody', stacks: [ready('a'), waiting('b', 'a')], are: {} },
    {
      title: 'the chain goes to the one that nothing else keeps',
      stacks: [waiting('a'), waiting('b', 'a'), waiting('c', 'b')],
      are: { b: ['a'], c: ['b', 'a'] },
    },
    {
      title: 'what is ready does not wait, whatever it needs',
      stacks: [waiting('a'), ready('b', 'a'), waiting('c', 'b')],
      are: {},
    },
    {
      title: 'of several the first that is not ready is named',
      stacks: [ready('a'), waiting('b'), waiting('c'), waiting('d', 'a', 'b', 'c')],
      are: { d: ['b'] },
    },
    { title: 'what is not there keeps nobody', stacks: [waiting('a', 'gone')], are: {} },
    {
      title: 'a circle ends where it closes',
      stacks: [waiting('a', 'c'), waiting('b', 'a'), waiting('c', 'b'), waiting('d', 'd')],
      are: { a: ['c', 'b'], b: ['a', 'c'], c: ['b', 'a'] },
    },
  ])('$title', ({ stacks, are }) => {
    expect(Object.fromEntries(blockedChains(stacks))).toEqual(are);
  });
});
