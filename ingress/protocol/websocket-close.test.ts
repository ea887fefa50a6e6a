import { describe, expect, it } from 'vitest';
import { clippedReason, closeForClient, closeForUpstream, isSendable, outcomeOfEnding } from './websocket-close.ts';

describe('a close', () => {
  it.each([1000, 1003, 1007, 1014, 3000, 4999])('passes %d on with its reason', (code) => {
    expect(isSendable(code)).toBe(true);
    expect(closeForClient({ code, reason: 'because' })).toEqual({ code, reason: 'because' });
    expect(closeForUpstream({ code, reason: 'because' })).toEqual({ code, reason: 'because' });
  });

  it.each([0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535])('never sends %d', (code) => {
    expect(isSendable(code)).toBe(false);
  });

  it('without a code goes on without one', () => {
    expect(closeForClient({ code: 1005, reason: '' })).toBeNull();
    expect(closeForUpstream({ code: 1005, reason: '' })).toBeNull();
  });

  it('that never came is an error for the client and a client that went for the upstream', () => {
    expect(closeForClient({ code: 1006, reason: 'x' })).toMatchObject({ code: 1011 });
    expect(closeForUpstream({ code: 1006, reason: 'x' })).toMatchObject({ code: 1001 });
  });

  it('has a reason that fits its frame and is whole characters', () => {
    expect(clippedReason('x'.repeat(123))).toHaveLength(123);
    const clipped = clippedReason('€'.repeat(100));
    expect(Buffer.byteLength(clipped)).toBe(123);
    expect(clipped).toBe('€'.repeat(41));
    expect(Buffer.byteLength(clippedReason('x€'.repeat(50)))).toBeLessThanOrEqual(123);
  });
});

describe('the end of a connection makes of its turn', () => {
  const upstream = (code: number) => ({ by: 'upstream', close: { code, reason: '' } }) as const;
  const client = (code: number) => ({ by: 'client', close: { code, reason: '' } }) as const;

  it.each([
    [client(1000), 'ok', 'client_abort'],
    [client(1006), 'ok', 'client_abort'],
    [{ by: 'drained' }, 'ok', 'client_abort'],
    [{ by: 'overflow' }, 'truncated', 'upstream_error'],
    [upstream(1000), 'ok', 'ok'],
    [upstream(1005), 'ok', 'ok'],
    [upstream(1001), 'ok', 'upstream_error'],
    [upstream(1012), 'ok', 'upstream_error'],
    [upstream(4000), 'ok', 'upstream_error'],
    [upstream(1007), 'ok', 'client_error'],
    [upstream(1009), 'ok', 'client_error'],
    [upstream(1006), 'truncated', 'upstream_error'],
    [upstream(1011), 'upstream_error', 'upstream_error'],
    [upstream(1014), 'upstream_error', 'upstream_error'],
  ] as const)('%j: answered %s, unanswered %s', (ending, answered, unanswered) => {
    expect(outcomeOfEnding(ending, true)).toBe(answered);
    expect(outcomeOfEnding(ending, false)).toBe(unanswered);
  });
});
