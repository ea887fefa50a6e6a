import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerJson } from './front-door.harness.ts';

/** A version that speaks the OpenAI protocol; what it does is told by what it is asked. */

type Json = Record<string, unknown>;
export type VersionCall = {
  path: string;
  asked: string;
  body: Json;
  headers: IncomingHttpHeaders;
  /** When its connection or answer was over; by the time of day. */
  overAtMs: number | null;
};
export type OpenAiVersion = {
  url: string;
  calls: VersionCall[];
  callsFor: (asked: string) => VersionCall[];
  close: () => Promise<void>;
};
type Turn = { name: string; call: VersionCall; calls: VersionCall[]; res: ServerResponse };

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const askedOf = (body: Json): string => {
  const { messages, prompt, input } = body;
  const last: unknown = Array.isArray(messages) ? messages.findLast((m) => isJson(m) && m['role'] === 'user') : null;
  const asked = (isJson(last) ? last['content'] : null) ?? prompt ?? input;
  return typeof asked === 'string' ? asked : '';
};
const event = (data: unknown, name?: string): string =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
const startEvents = (res: ServerResponse): void => void res.writeHead(200, { 'content-type': 'text/event-stream' });

const USAGE = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };
export const WEATHER_ARGUMENTS = '{"city":"Utrecht"}';
const TOOL_CALL = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: WEATHER_ARGUMENTS } };
const hasToolResult = ({ messages }: Json): boolean =>
  Array.isArray(messages) && messages.some((message) => isJson(message) && message['role'] === 'tool');

const chunk = (delta: Json, finish: string | null = null, index = 0): Json => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index, delta, finish_reason: finish }],
});

const toolChunks = (): Json[] => [
  chunk({
    role: 'assistant',
    content: null,
    tool_calls: [{ index: 0, ...TOOL_CALL, function: { name: 'weather', arguments: '' } }],
  }),
  ...WEATHER_ARGUMENTS.split('').map((text) => chunk({ tool_calls: [{ index: 0, function: { arguments: text } }] })),
  chunk({}, 'tool_calls'),
];

const chatStream = ({ res, call, name }: Turn): void => {
  const { body, asked } = call;
  startEvents(res);
  if (asked === 'die') {
    res.write(event(chunk({ content: 'half' })) + 'data: {"choi');
    setTimeout(() => res.destroy(), 10);
    return;
  }
  if (asked === 'hang') return void res.write(event(chunk({ content: 'half' })));
  const n = Number(body['n'] ?? 1);
  const parts =
    asked === 'tools' && !hasToolResult(body)
      ? toolChunks()
      : Array.from({ length: n }, (_, index) => [
          chunk({ role: 'assistant', content: '' }, null, index),
          ...['hello ', 'from ', name].map((content) => chunk({ content }, null, index)),
          chunk({}, 'stop', index),
        ]).flat();
  for (const part of parts) res.write(event(part));
  const options = body['stream_options'];
  if (isJson(options) && options['include_usage'] === true)
    res.write(event({ ...chunk({}), choices: [], usage: USAGE }));
  res.end(event('[DONE]'));
};

const chat = (turn: Turn): void => {
  const { body, asked } = turn.call;
  if (body['stream'] === true) return chatStream(turn);
  if (asked === 'hang') return;
  const isTool = asked === 'tools' && !hasToolResult(body);
  const message = isTool
    ? { role: 'assistant', content: null, tool_calls: [TOOL_CALL] }
    : { role: 'assistant', content: `hello from ${turn.name}`, refusal: null };
  const choices = Array.from({ length: Number(body['n'] ?? 1) }, (_, index) => ({
    index,
    message,
    logprobs: null,
    finish_reason: isTool ? 'tool_calls' : 'stop',
  }));
  answerJson(turn.res, { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'm', choices, usage: USAGE });
};

const completions = ({ call, res, name }: Turn): void => {
  const answer = (text: string): Json => ({
    id: 'cmpl-1',
    object: 'text_completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, text, logprobs: null, finish_reason: 'stop' }],
    usage: USAGE,
  });
  if (call.body['stream'] !== true) return answerJson(res, answer(`hello from ${name}`));
  startEvents(res);
  for (const text of ['hello ', 'from ', name]) res.write(event(answer(text)));
  res.end(event('[DONE]'));
};

export const EMBEDDING = [0.5, -0.25, 0.125];
const embeddings = ({ call, res }: Turn): void => {
  const floats = Buffer.from(new Float32Array(EMBEDDING).buffer).toString('base64');
  const embedding = call.body['encoding_format'] === 'base64' ? floats : EMBEDDING;
  answerJson(res, {
    object: 'list',
    model: 'm',
    data: [{ object: 'embedding', index: 0, embedding }],
    usage: { prompt_tokens: 2, total_tokens: 2 },
  });
};

/** The names of a stream's events, in order. */
export const RESPONSE_EVENTS = [
  'response.created',
  'response.in_progress',
  'response.output_item.added',
  'response.content_part.added',
  'response.output_text.delta',
  'response.output_text.delta',
  'response.output_text.done',
  'response.content_part.done',
  'response.output_item.done',
  'response.completed',
] as const;

/** What is added is empty, what is done is whole. */
const partsOf = (type: string, item: Json & { content: Json[] }): Json =>
  type.endsWith('.added')
    ? { item: { ...item, status: 'in_progress', content: [] }, part: { ...item.content[0], text: '' } }
    : { item, part: item.content[0] };

const responses = ({ call, calls, res, name }: Turn): void => {
  const id = `resp_${name}_${calls.length}`;
  // An answer that talks about the protocol itself.
  const text = call.asked === 'events' ? 'event: response.completed' : `hello from ${name}`;
  const item = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text, annotations: [] }],
  };
  const answer = {
    id,
    object: 'response',
    created_at: 1,
    status: 'completed',
    model: 'm',
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    output: [item],
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    previous_response_id: call.body['previous_response_id'] ?? null,
    usage: { input_tokens: 7, output_tokens: 3, total_tokens: 10 },
  };
  if (call.body['stream'] !== true) return answerJson(res, answer);
  startEvents(res);
  let left = text;
  for (const [sequence, type] of RESPONSE_EVENTS.entries()) {
    if (call.asked === 'die' && sequence === 5) return void setTimeout(() => res.destroy(), 10);
    const isWhole = type === 'response.completed';
    const piece = left.slice(0, Math.ceil(text.length / 2));
    if (type === 'response.output_text.delta') left = left.slice(piece.length);
    const more =
      sequence < 2 || isWhole
        ? { response: isWhole ? answer : { ...answer, status: 'in_progress', output: [], usage: null } }
        : { item_id: 'msg_1', output_index: 0, content_index: 0, delta: piece, text, ...partsOf(type, item) };
    res.write(event({ type, sequence_number: sequence, ...more }, type));
  }
  if (call.asked === 'die late') return void setTimeout(() => res.destroy(), 10);
  res.end();
};

/** `fail 429 once`: that status, the first time only, with a short time to wait. `fail 500 for good`: `x-should-retry: false`. */
const FAIL = /^fail (\d{3})( once)?( for good)?/;
const mayFail = ({ call, calls, res }: Turn): boolean => {
  const match = FAIL.exec(call.asked);
  if (match === null) return false;
  const before = calls.filter(({ asked }) => asked === call.asked).length - 1;
  if (match[2] !== undefined && before > 0) return false;
  if (match[2] !== undefined) res.setHeader('retry-after-ms', '5');
  if (match[3] !== undefined) res.setHeader('x-should-retry', 'false');
  const error = { message: 'own trouble', type: 'own_type', param: 'own_param', code: 'own_code' };
  answerJson(res, { error }, Number(match[1]));
  return true;
};

const ROUTES: Readonly<Record<string, (turn: Turn) => void>> = {
  '/v1/chat/completions': chat,
  '/v1/completions': completions,
  '/v1/embeddings': embeddings,
  '/v1/responses': responses,
};

const bodyOf = async (req: IncomingMessage): Promise<Json> => {
  let text = '';
  for await (const part of req) text += String(part);
  return JSON.parse(text === '' ? '{}' : text) as Json;
};

export const startOpenAiVersion = async (name: string): Promise<OpenAiVersion> => {
  const calls: VersionCall[] = [];
  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const body = await bodyOf(req);
    const path = new URL(req.url ?? '/', 'http://version').pathname;
    const call: VersionCall = { path, asked: askedOf(body), body, headers: req.headers, overAtMs: null };
    calls.push(call);
    res.once('close', () => (call.overAtMs = Date.now()));
    const turn = { name, call, calls, res };
    if (mayFail(turn)) return;
    if (call.asked === 'vanish') return void res.destroy();
    (ROUTES[path] ?? (() => answerJson(res, { error: { message: `no ${path}` } }, 404)))(turn);
  };
  const server = createServer((req, res) => void answer(req, res).catch(() => res.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    calls,
    callsFor: (asked) => calls.filter((call) => call.asked === asked),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
