import { describe, expect, it } from 'vitest';
import { stackName } from './stack-name.ts';

describe('stackName', () => {
  it.each([
    ['envs/gr~c3~b6~c3~9fe', 'envs/größe'],
    ['~e5~8c~97~e4~ba~ac/~f0~9f~9a~80', '北京/🚀'],
    ['~d7~99~d7~99~d7~a6~d7~95~d7~a8/prod@~d7~90', 'ייצור/prod@א'],
    ['with~20space/and~7e7e', 'with space/and~7e'],
    ['100~20~25', '100 %'],
  ])('of %s is %s', (key, name) => {
    expect(stackName(key)).toBe(name);
  });

  it.each(['envs/prod@blue', '~', '~zz', '~ff', '~c3', 'a~e2~82', 'a%20b'])('leaves %s as it is', (key) => {
    expect(stackName(key)).toBe(key);
  });
});
