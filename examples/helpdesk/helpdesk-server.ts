import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { lognormal, seedOf } from '../chat-api/seeded.ts';
import { type Manner, MEDIAN_LATENCY_MS, replyTo } from './replies.ts';

const BODY_LIMIT_CHARACTERS = 65_536;
const LATENCY_SIGMA = 0.2;

/**
 * An agent with a protocol of its own: `POST /answer` takes `{"question": "…"}` and gives `{"reply": "…"}`, or 400 with an
 * `error`. `GET /livez` says that it is there.
 */
export function helpdeskServer(manner: Manner): Server {
  const server = createServer((req, res) => {
    answer(req, res, manner).catch(() => res.destroy());
  });
  // Longer than any client's pool keeps an idle socket, or requests race against the close.
  server.keepAliveTimeout = 75_000;
  return server;
}

async function answer(req: IncomingMessage, res: ServerResponse, manner: Manner): Promise<void> {
  const path = (req.url ?? '/').split('?', 1)[0];
  if (req.method === 'GET' && path === '/livez') return sendJson(res, 200, { status: 'ok' });
  if (req.method !== 'POST' || path !== '/answer') return sendJson(res, 404, { error: 'Try POST /answer.' });
  const question = questionIn(await readText(req));
  if (question === null) return sendJson(res, 400, { error: 'Send {"question": "…"}.' });
  await sleep(lognormal(seedOf(question), 'latency', MEDIAN_LATENCY_MS[manner], LATENCY_SIGMA));
  sendJson(res, 200, { reply: replyTo(question, manner) });
}

function questionIn(body: string): string | null {
  try {
    const parsed: unknown = JSON.parse(body);
    const question = typeof parsed === 'object' && parsed !== null && 'question' in parsed ? parsed.question : null;
    return typeof question === 'string' ? question : null;
  } catch {
    return null;
  }
}

/** The body, or the beginning of one that is too long to be a question. */
async function readText(req: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of req.setEncoding('utf8') as AsyncIterable<string>)
    if (text.length < BODY_LIMIT_CHARACTERS) text += part;
  return text;
}

function sendJson(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
