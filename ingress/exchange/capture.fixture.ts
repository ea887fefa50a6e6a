import type { ExchangeEntry } from './journal-record.ts';
import type { ExchangeHead } from './exchange-head.ts';

const PRICES = { promptUsdPerMillion: 1_000, completionUsdPerMillion: 2_000 };

/** A journalled exchange with these bodies, as it comes before any policy. */
export const entryOf = (request: string, response: string, more: Partial<ExchangeHead> = {}): ExchangeEntry => {
  const bodies = [Buffer.from(request), Buffer.from(response), Buffer.alloc(0)] as const;
  const bodyOf = (bytes: Buffer) => ({
    contentType: 'application/json',
    sizeBytes: bytes.length,
    truncated: false,
    sha256: '',
  });
  return {
    kind: 'exchange',
    head: {
      exchangeId: 'x1',
      agent: 'support',
      rollout: 'r1',
      routingSequence: 3,
      assignment: 'weight',
      assignedArm: 'stable',
      assignedVersion: 'v1',
      servedArm: 'stable',
      servedVersion: 'v1',
      fallbackReason: null,
      subject: 's',
      subjectBucket: 1,
      method: 'POST',
      path: '/v1/chat/completions',
      stream: false,
      busy: false,
      status: 200,
      outcome: 'ok',
      latencyMs: 1,
      firstByteMs: 1,
      slices: { tenant: 'acme' },
      metadata: {},
      traceparent: null,
      startedAtMs: 1,
      request: bodyOf(bodies[0]),
      response: bodyOf(bodies[1]),
      ...PRICES,
      ...more,
    },
    bodies,
  };
};
