import { chunksOf, completionOf, usageOf, type Usage } from '../../examples/chat-api/completion.ts';
import type { ChatRequest } from '../../examples/chat-api/chat-request.ts';
import type { ChatServerOptions, Failure } from '../../examples/chat-api/chat-server.ts';
import { seedOf } from '../../examples/chat-api/seeded.ts';
import { customerRequest } from '../../examples/support/customers.ts';
import { supportServer } from '../../examples/support/support-server.ts';
import type { Answered, ArmName, Calls } from './calls.ts';

/** The support story: polite v1 against kind v2, as the example servers would answer, without their sockets. */

const CREATED_S = 1_700_000_000;
const TOPICS = ['order_status', 'late', 'damaged', 'refund', 'cancellation', 'unknown_order'];

const AT_ONCE = ['--latency-scale', '0'];

const JSON_TYPE = 'application/json';
const STREAM_TYPE = 'text/event-stream; charset=utf-8';

const failed = ({ status, message, type, code, param = null, latencyMs = 0 }: Failure): Answered => ({
  status,
  contentType: JSON_TYPE,
  text: JSON.stringify({ error: { message, type, param, code } }),
  latencyMs,
  promptTokens: null,
  completionTokens: null,
});

const textOf = (server: ChatServerOptions, request: ChatRequest, answer: Parameters<typeof completionOf>[1]) => {
  const usage: Usage = usageOf(request, answer, server.systemTokens);
  const id = `chatcmpl-${seedOf(JSON.stringify(request)).slice(0, 24)}`;
  const who = { id, createdS: CREATED_S, model: server.model, fingerprint: server.fingerprint };
  if (request.stream !== true) return { text: JSON.stringify(completionOf(who, answer, usage)), usage };
  const chunks = chunksOf(who, answer, request.stream_options?.include_usage === true ? usage : null);
  return { text: `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`, usage };
};

const answered = (server: ChatServerOptions, request: ChatRequest): Answered => {
  const reply = server.reply(request);
  if ('failure' in reply) return failed(reply.failure);
  const { text, usage } = textOf(server, request, reply.answer);
  return {
    status: 200,
    contentType: request.stream === true ? STREAM_TYPE : JSON_TYPE,
    text,
    latencyMs: reply.answer.latencyMs,
    promptTokens: usage.prompt_tokens,
    completionTokens: usage.completion_tokens,
  };
};

export const supportCalls = (seed: number): Calls => {
  const servers: Record<ArmName, ChatServerOptions> = {
    stable: supportServer({ version: 'v1', behaviour: 'polite', latencyScale: 1 }),
    candidate: supportServer({ version: 'v2', behaviour: 'kind', latencyScale: 1 }),
  };
  return {
    what: 'the support story, polite v1 against kind v2',
    slice: { label: 'topic', values: TOPICS },
    upstreams: {
      v1: { script: 'examples/support/main.ts', args: [...AT_ONCE, '--version', 'v1', '--behaviour', 'polite'] },
      v2: { script: 'examples/support/main.ts', args: [...AT_ONCE, '--version', 'v2', '--behaviour', 'kind'] },
    },
    judgeEnv: {},
    callAt: (i) => {
      const { subject, topic, body } = customerRequest(seed, i);
      const request = body as unknown as ChatRequest;
      return {
        subject,
        body: { ...body },
        metadata: { topic },
        isStreamed: body.stream === true,
        answerOf: (arm) => answered(servers[arm], request),
      };
    },
  };
};
