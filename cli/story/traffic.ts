import { Pool } from 'undici';

/** What the client itself saw: its side of the promise that every answered request is in the topic. */
export type ClientRecord = {
  sent: number;
  /** Exchange ids of responses that came whole, whatever their status. */
  accepted: Set<string>;
  /** Responses without an exchange id, by status: refused before routing. */
  refused: Map<number, number>;
  /** Requests that got no whole response. */
  broken: number;
  /** Starts put off because too many requests were under way. */
  heldBack: number;
  byVersion: Map<string, number>;
  failures: number;
};

export type Traffic = {
  ledger: ClientRecord;
  setRate(perSecond: number): void;
  stop(): Promise<void>;
};

const MAX_IN_FLIGHT = 256;
const SLICE_MS = 20;

/**
 * Sends requests at a steady rate, open loop, each drawn by its number; a stream counts as whole only with its [DONE].
 */
export const startTraffic = (options: {
  url: string;
  agent: string;
  ratePerSecond: number;
  request: (i: number) => Record<string, unknown>;
}): Traffic => {
  const pool = new Pool(options.url, { connections: MAX_IN_FLIGHT, pipelining: 1 });
  const ledger: ClientRecord = {
    sent: 0,
    accepted: new Set(),
    refused: new Map(),
    broken: 0,
    heldBack: 0,
    byVersion: new Map(),
    failures: 0,
  };
  const inFlight = new Set<Promise<void>>();
  let ratePerSecond = options.ratePerSecond;
  let owed = 0;
  let lastMs = performance.now();
  let stopping: Promise<void> | null = null;

  const send = async (i: number): Promise<void> => {
    const body = { ...options.request(i), model: options.agent };
    try {
      const response = await pool.request({
        path: '/v1/chat/completions',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const text = await response.body.text();
      const id = response.headers['x-coalmine-exchange-id'];
      const stream = String(response.headers['content-type']).includes('event-stream');
      if (typeof id !== 'string')
        ledger.refused.set(response.statusCode, (ledger.refused.get(response.statusCode) ?? 0) + 1);
      else if (stream && !text.includes('[DONE]')) ledger.broken += 1;
      else {
        ledger.accepted.add(id);
        const version = String(response.headers['x-coalmine-version'] ?? '');
        ledger.byVersion.set(version, (ledger.byVersion.get(version) ?? 0) + 1);
        if (response.statusCode >= 500) ledger.failures += 1;
      }
    } catch {
      ledger.broken += 1;
    }
  };

  const timer = setInterval(() => {
    const nowMs = performance.now();
    owed = Math.min(owed + ((nowMs - lastMs) / 1000) * ratePerSecond, Math.max(1, ratePerSecond));
    lastMs = nowMs;
    for (; owed >= 1; owed -= 1) {
      if (inFlight.size >= MAX_IN_FLIGHT) {
        ledger.heldBack += 1;
        continue;
      }
      const sending = send(ledger.sent);
      ledger.sent += 1;
      inFlight.add(sending);
      void sending.finally(() => inFlight.delete(sending));
    }
  }, SLICE_MS);

  return {
    ledger,
    setRate: (perSecond) => {
      ratePerSecond = perSecond;
    },
    stop: () => {
      clearInterval(timer);
      stopping ??= Promise.all(inFlight).then(() => pool.close());
      return stopping;
    },
  };
};
