import { messageOf } from '../../schemas/error-message.ts';
import type { Clock } from '../../platform/process/clock.ts';
import { backoff } from '../../platform/process/retry.ts';
import type { Decision } from '../../schemas/decision.ts';
import { sentenceOf } from '../../schemas/sentence/sentence.ts';

const ATTEMPTS = 4;
const TIMEOUT_MS = 5_000;

/** Takes one decision to one URL. Rejects when it gives up. */
export type Notify = (url: string, decision: Decision) => Promise<void>;

/**
 * POSTs the decision as JSON, with its sentence as `text`. A failed attempt is repeated up to three times, a second, two and four apart; a 4xx is final
 * but for 408 and 429. Redirects are not followed: the document names the receiver, nobody else.
 */
export const createWebhook =
  (clock: Clock, send: typeof fetch = fetch): Notify =>
  async (url, decision) => {
    for (let attempt = 1; ; attempt++) {
      const failure = await tryOnce(send, url, decision);
      if (failure === null) return;
      if (failure.isFinal || attempt >= ATTEMPTS) throw new Error(`${failure.reason} (attempt ${attempt})`);
      await clock.sleep(backoff(attempt, { firstMs: 1_000, maxMs: 8_000 }));
    }
  };

const tryOnce = async (
  send: typeof fetch,
  url: string,
  decision: Decision,
): Promise<{ reason: string; isFinal: boolean } | null> => {
  try {
    const response = await send(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'coalmine-controller' },
      body: JSON.stringify({ ...decision, text: sentenceOf(decision) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    if (response.ok) return null;
    const { status } = response;
    const isFinal = status >= 300 && status < 500 && status !== 408 && status !== 429;
    return { reason: `the receiver answered ${status}`, isFinal };
  } catch (error) {
    return { reason: messageOf(error), isFinal: false };
  }
};
