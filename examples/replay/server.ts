import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { completion, completionChunks, type Envelope } from './completion.ts';
import type { Dataset } from './dataset.ts';
import type { RecordedAnswer } from './recorded-answer.ts';

const maxBodySizeBytes = 4 * 1024 * 1024;

const chatRequest = z.object({
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
  metadata: z.object({ reference_id: z.string() }),
});

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * An upstream that speaks the OpenAI chat API and answers each prompt, known by `metadata.reference_id`, as the
 * dataset's model did: the recorded calls or text, tokens, and latency divided by `speed`. Only whole latencies were
 * recorded, so a stream's first byte comes after all of it. The caller listens and closes.
 */
export function createReplayServer(dataset: Dataset, speed: number): Server {
  let served = 0;
  return createServer((request, response) => {
    served += 1;
    respond(dataset, speed, `chatcmpl-replay-${served}`, request, response).catch((error: unknown) => {
      const status = error instanceof Refusal ? error.status : 500;
      sendError(response, status, error instanceof Error ? error.message : String(error));
    });
  });
}

async function respond(
  dataset: Dataset,
  speed: number,
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.url === '/livez') {
    response.end('ok');
    return;
  }
  if (request.url?.split('?')[0] !== '/v1/chat/completions') throw new Refusal(404, `there is no ${request.url}`);
  if (request.method !== 'POST') throw new Refusal(405, 'use POST');
  const asked = parse(await read(request));
  const answer = dataset.answers.get(asked.metadata.reference_id);
  if (answer === undefined) {
    throw new Refusal(
      404,
      `${dataset.model} has no recorded answer to metadata.reference_id ${asked.metadata.reference_id}`,
    );
  }
  await sleep(answer.latencyMs / speed);
  if (answer.error !== null) throw new Refusal(500, answer.error);
  const envelope = { id, model: dataset.model, createdS: Math.floor(Date.now() / 1000) };
  if (asked.stream === true) sendStream(response, answer, envelope, asked.stream_options?.include_usage === true);
  else sendJson(response, 200, completion(answer, envelope));
}

function parse(body: string): z.infer<typeof chatRequest> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Refusal(400, 'the body is not JSON');
  }
  const parsed = chatRequest.safeParse(value);
  if (!parsed.success) throw new Refusal(400, z.prettifyError(parsed.error));
  return parsed.data;
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBodySizeBytes) throw new Refusal(413, `the body is over ${maxBodySizeBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function sendStream(response: ServerResponse, answer: RecordedAnswer, envelope: Envelope, includeUsage: boolean): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  for (const data of completionChunks(answer, envelope, includeUsage)) response.write(`data: ${data}\n\n`);
  response.end();
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  const json = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': json.length }).end(json);
}

function sendError(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent || response.destroyed) return;
  const type = status < 500 ? 'invalid_request_error' : 'server_error';
  sendJson(response, status, { error: { message, type, param: null, code: null } });
}
