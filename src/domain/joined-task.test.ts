import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinedInto, joinedTask } from './joined-task.ts';

describe('joinedTask', () => {
  it('is the task that was named, whatever it is called', () => {
    assert(
      property(string(), (id) => {
        expect(joinedTask(joinedInto(id))).toBe(id);
      }),
    );
  });

  it('is none for a task that ended by itself', () => {
    expect(joinedTask(null)).toBeUndefined();
    expect(joinedTask({ ...joinedInto('my-infra:1'), code: 'cancelled' })).toBeUndefined();
  });
});
