import type { ChatRequest } from '../../examples/chat-api/chat-request.ts';
import { chunksOf, completionOf, usageOf } from '../../examples/chat-api/completion.ts';
import type { Outcome } from '../../schemas/exchange.ts';
import type { Said } from './candidate.ts';

/** An answer as whoever asked sees it end, with the times of the front door's clock. */
export type Sent = {
  status: number;
  outcome: Outcome;
  contentType: string;
  text: string;
  latencyMs: number;
  firstByteMs: number | null;
};

const SYSTEM_TOKENS = 220;
/** The front door's silence within an answer, and how long a user looks at a stream that says no more. */
const IDLE_TIMEOUT_MS = 60_000;
const PATIENCE_MS = 30_000;

const withFinish = (message: object, finishReason: string | null): object =>
  finishReason === null
    ? message
    : (JSON.parse(
        JSON.stringify(message).replace(/"finish_reason":"\w+"/, `"finish_reason":"${finishReason}"`),
      ) as object);

const frame = (chunk: object): string => `data: ${JSON.stringify(chunk)}\n\n`;

const endless = ({ latencyMs }: Said, text: string, waitedMs: number, outcome: Outcome): Sent => ({
  status: 200,
  outcome,
  contentType: 'text/event-stream; charset=utf-8',
  text,
  latencyMs: latencyMs + waitedMs,
  firstByteMs: latencyMs / 2,
});

/** As the examples' chat server writes it and the front door takes it down. `isShadow`: no user is there who could leave. */
export const sentOf = (request: ChatRequest, said: Said, label: string, isShadow: boolean): Sent => {
  const { failure, latencyMs } = said;
  if (failure !== null) {
    const { status, message, type, code } = failure;
    const text = JSON.stringify({ error: { message, type, param: null, code } });
    const outcome = status >= 500 ? 'upstream_error' : 'client_error';
    return { status, outcome, contentType: 'application/json', text, latencyMs, firstByteMs: latencyMs };
  }
  const who = { id: 'chatcmpl-catalogue', createdS: 0, model: `support@${label}`, fingerprint: label };
  const usage = usageOf(request, said, SYSTEM_TOKENS);
  if (request.stream !== true) {
    const text = JSON.stringify(withFinish(completionOf(who, said, usage), said.finishReason));
    return { status: 200, outcome: 'ok', contentType: 'application/json', text, latencyMs, firstByteMs: latencyMs };
  }
  const asked = request.stream_options?.include_usage === true;
  const chunks = chunksOf(who, said, asked ? usage : null).map((chunk) => withFinish(chunk, said.finishReason));
  const frames = chunks.map(frame);
  const begun = frames.slice(0, asked ? -2 : -1).join('');
  if (said.end === 'silent' || (said.end === 'left' && isShadow))
    return endless(said, begun, IDLE_TIMEOUT_MS, 'truncated');
  if (said.end === 'left') return endless(said, `${begun}: still there\n\n`, PATIENCE_MS, 'client_abort');
  const text = `${frames.join('')}data: [DONE]\n\n`;
  return {
    status: 200,
    outcome: 'ok',
    contentType: 'text/event-stream; charset=utf-8',
    text,
    latencyMs,
    firstByteMs: latencyMs / 2,
  };
};
