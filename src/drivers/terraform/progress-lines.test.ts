import { describe, expect, it } from 'vitest';
import { planProgress } from './progress-lines.ts';

describe('planProgress', () => {
  it('shows which object is read, without its ID', () => {
    expect(planProgress('module.a["x"].aws_vpc.b: Refreshing state... [id=canary-1]')).toBe(
      'module.a["x"].aws_vpc.b: Refreshing state...',
    );
    expect(planProgress('data.x_y.d: Read complete after 1s [id=canary-2]')).toBe(
      'data.x_y.d: Read complete after 1s',
    );
  });

  it('shows nothing of the plan itself', () => {
    expect(planProgress('  + password = "canary-3"')).toBeUndefined();
  });
});
