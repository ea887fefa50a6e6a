import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseChatRequest } from './chat-request.ts';
import type { ChatRequest } from './chat-request.ts';
import { chunksOf, completionOf, usageOf } from './completion.ts';
import type { Answer, Identity } from './completion.ts';
import { seedOf } from './seeded.ts';

const BODY_LIMIT_BYTES = 1_048_576;

/** A refusal or a failure, sent as OpenAI's error envelope. */
export type Failure = {
  status: number;
  type: string;
  code: string | null;
  message: string;
  param?: string | null;
  headers?: Record<string, string>;
  latencyMs?: number;
};

export type Reply = { answer: Answer } | { failure: Failure };

export type ChatServerOptions = {
  /** What `/v1/models` lists and responses carry as `model`. */
  model: string;
  fingerprint: string;
  /** Tokens of the server's own prompt, counted into every usage. */
  systemTokens: number;
  reply: (request: ChatRequest) => Reply;
};

export type RunningServer = { port: number; close: () => Promise<void> };

/**
 * Serves `POST /v1/chat/completions` (plain and SSE), `GET /v1/models` and `GET /livez` on 127.0.0.1.
 * @param port 0 takes a free one. Rejects if the port can't be had.
 */
export async function listenChat(options: ChatServerOptions, port: number): Promise<RunningServer> {
  const server = createServer((req, res) => {
    route(req, res, options).catch((error: unknown) => {
      if (res.destroyed) return;
      const message = error instanceof Error ? error.message : String(error);
      if (res.headersSent) res.destroy();
      else sendFailure(res, { status: 500, type: 'server_error', code: 'internal_error', message });
    });
  });
  // Longer than any client's pool keeps an idle socket, or requests race against the close.
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { port: address.port, close: () => closeServer(server) };
}

/** Starts a server for a process of its own: says `{"listening":port}` on stdout, ends on SIGINT and SIGTERM. */
export async function serveChat(options: ChatServerOptions, port: number): Promise<void> {
  const running = await listenChat(options, port);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void running.close());
  process.stdout.write(`${JSON.stringify({ listening: running.port })}\n`);
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function route(req: IncomingMessage, res: ServerResponse, options: ChatServerOptions): Promise<void> {
  const path = (req.url ?? '/').split('?', 1)[0] ?? '/';
  const method = { '/v1/chat/completions': 'POST', '/v1/models': 'GET', '/livez': 'GET' }[path];
  if (method === undefined) {
    return sendFailure(res, refusal(404, `No such path: ${path}. Try POST /v1/chat/completions.`, 'not_found'));
  }
  if (req.method !== method) {
    const failure = refusal(405, `${path} takes ${method}, not ${req.method ?? ''}.`, 'method_not_allowed');
    return sendFailure(res, { ...failure, headers: { allow: method } });
  }
  if (path === '/livez') return sendJson(res, 200, { status: 'ok' });
  if (path === '/v1/models') {
    const entry = { id: options.model, object: 'model', created: 0, owned_by: 'examples' };
    return sendJson(res, 200, { object: 'list', data: [entry] });
  }
  const body = await readBody(req);
  if (body === null) {
    const failure = refusal(413, `The body is larger than ${BODY_LIMIT_BYTES} bytes.`, 'body_too_large');
    return sendFailure(res, { ...failure, headers: { connection: 'close' } });
  }
  const parsed = parseChatRequest(body);
  if (!parsed.ok) return sendFailure(res, { ...refusal(400, parsed.message, parsed.code), param: parsed.param });
  return respond(res, parsed.request, seedOf(body), options);
}

async function respond(
  res: ServerResponse,
  request: ChatRequest,
  requestHash: string,
  options: ChatServerOptions,
): Promise<void> {
  const reply = options.reply(request);
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  const wait = async (ms: number): Promise<void> => {
    if (ms >= 1) await sleep(ms, undefined, { signal: gone.signal });
  };
  try {
    if ('failure' in reply) {
      await wait(reply.failure.latencyMs ?? 0);
      return sendFailure(res, reply.failure);
    }
    const who: Identity = {
      id: `chatcmpl-${requestHash.slice(0, 24)}`,
      createdS: Math.floor(Date.now() / 1000),
      model: options.model,
      fingerprint: options.fingerprint,
    };
    const usage = usageOf(request, reply.answer, options.systemTokens);
    if (request.stream === true) {
      const asked = request.stream_options?.include_usage === true;
      await sendStream(res, chunksOf(who, reply.answer, asked ? usage : null), reply.answer.latencyMs, wait);
      return;
    }
    await wait(reply.answer.latencyMs);
    sendJson(res, 200, completionOf(who, reply.answer, usage));
  } catch (error) {
    // The client hung up while we waited: nobody is left to answer.
    if (!gone.signal.aborted) throw error;
  }
}

/** Half the latency passes before the first byte, the other half between the chunks. */
async function sendStream(
  res: ServerResponse,
  chunks: readonly object[],
  latencyMs: number,
  wait: (ms: number) => Promise<void>,
): Promise<void> {
  const head = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };
  const frames = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`);
  const gapMs = latencyMs / 2 / frames.length;
  await wait(latencyMs / 2);
  res.writeHead(200, head);
  if (gapMs < 1) return void res.end(`${frames.join('')}data: [DONE]\n\n`);
  for (const frame of frames) {
    res.write(frame);
    await wait(gapMs);
  }
  res.end('data: [DONE]\n\n');
}

function refusal(status: number, message: string, code: string | null): Failure {
  return { status, type: 'invalid_request_error', code, message };
}

function sendFailure(res: ServerResponse, failure: Failure): void {
  const { message, type, code, param = null } = failure;
  sendJson(res, failure.status, { error: { message, type, param, code } }, failure.headers);
}

function sendJson(res: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  const text = JSON.stringify(body);
  const length = String(Buffer.byteLength(text));
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': length, ...headers });
  res.end(text);
}

/** The body as text, or null if it is too large: the rest is read and dropped, else the client never sees the answer. */
async function readBody(req: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of req as AsyncIterable<Buffer>) {
    sizeBytes += part.length;
    if (sizeBytes <= BODY_LIMIT_BYTES) parts.push(part);
  }
  if (sizeBytes > BODY_LIMIT_BYTES) return null;
  return Buffer.concat(parts).toString('utf8');
}
