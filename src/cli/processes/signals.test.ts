import { describe, expect, it } from 'vitest';
import { listenForSignals } from './signals.ts';

describe('listenForSignals', () => {
  it('tells those who wait that the process shall end, and stops listening when it is disposed of', async () => {
    const before = process.listenerCount('SIGTERM');
    const signals = listenForSignals();
    expect(signals.stopping.aborted).toBe(false);
    process.emit('SIGTERM', 'SIGTERM');
    expect(await signals.stop).toBe('SIGTERM');
    expect(signals.stopping.reason).toMatchObject({ code: 'stopped' });
    signals.dispose();
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });

  it('reloads on each SIGHUP, also once for those that came while the process started', () => {
    const signals = listenForSignals();
    process.emit('SIGHUP', 'SIGHUP');
    process.emit('SIGHUP', 'SIGHUP');
    let reloads = 0;
    signals.onReload(() => (reloads += 1));
    process.emit('SIGHUP', 'SIGHUP');
    process.emit('SIGHUP', 'SIGHUP');
    signals.dispose();
    expect(reloads).toBe(3);
  });
});
