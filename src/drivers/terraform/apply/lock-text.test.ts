import { describe, expect, it } from 'vitest';
import { lockInText } from './lock-text.ts';

const INFO = `Lock Info:
  ID:        61583452-9dfe-3705-fd03-8dc9bd21a552
  Path:      live.tfstate
  Operation: OperationTypeApply
  Who:       alice@build-1
  Version:   1.11.4
  Created:   2026-11-21 13:21:37.364772079 +0000 UTC
  Info:      
`;
const LOCK = {
  id: '61583452-9dfe-3705-fd03-8dc9bd21a552',
  who: 'alice@build-1',
  operation: 'OperationTypeApply',
  created: '2026-11-21T13:21:37.364Z',
};

describe('lockInText', () => {
  it('reads whose lock it is', () => {
    expect(
      lockInText(
        `Error: Error acquiring the state lock\n\nError message: in use\n${INFO}\nTerraform acquires`,
      ),
    ).toEqual(LOCK);
  });

  it('reads it inside a box', () => {
    const boxed = `Error acquiring the state lock\n${INFO}`.replaceAll(/^/gm, '│ ');
    expect(lockInText(boxed)).toEqual(LOCK);
  });

  it('does not take the refused one for the holder, whom the http backend prints', () => {
    const text = `Error acquiring the state lock\n\nError message: HTTP remote state already locked: ID=abc-1\n${INFO}`;
    expect(lockInText(text)).toEqual({ id: 'abc-1', who: '', operation: '', created: '' });
  });

  it('finds none in another message', () => {
    expect(lockInText('No state file was found!')).toBeUndefined();
  });
});
