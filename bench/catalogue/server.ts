import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ChatRequest } from '../../examples/chat-api/chat-request.ts';
import { readOrders } from '../../examples/support/orders.ts';
import { say } from './agent.ts';
import { CANDIDATES } from './registry.ts';
import { sentOf } from './wire.ts';

/*
 * A candidate of the catalogue, or stable, as an agent of its own: `node bench/catalogue/server.ts --port 0 [--candidate NAME]
 * [--latency-scale 0.05]`. What must never end does not.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    candidate: { type: 'string', default: '' },
    'latency-scale': { type: 'string', default: '0.05' },
  },
});
const candidate = CANDIDATES.find(({ name }) => name === values.candidate) ?? null;
if (candidate === null && values.candidate !== '') throw new Error(`there is no candidate ${values.candidate}`);
const scale = Number(values['latency-scale']);
const orders = readOrders();
const startedAtMs = Date.now();
let calls = 0;

const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
  if (req.url === '/livez') return void res.end('{"status":"ok"}');
  const request = JSON.parse(await readText(req)) as ChatRequest;
  calls += 1;
  const said = say(request, candidate, orders, { nth: calls, sinceMs: Date.now() - startedAtMs });
  const { status, contentType, text } = sentOf(request, said, values.candidate || 'stable', true);
  await sleep(said.latencyMs * scale);
  res.writeHead(status, { 'content-type': contentType });
  if (said.end === 'whole') res.end(text);
  else res.write(text);
};

const server = createServer((req, res) => {
  answer(req, res).catch(() => res.destroy());
});
// Longer than any client's pool keeps an idle socket, or requests race against the close.
server.keepAliveTimeout = 75_000;
server.listen(Number(values.port), '127.0.0.1');
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
  });
