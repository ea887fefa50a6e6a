import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Json, isObject, parseJson } from '../../../openai/json-value.ts';
import { CHAT } from './chat.ts';
import { MESSAGES } from './messages.ts';
import type { Protocol } from './protocol.ts';
import { RESPONSES } from './responses.ts';
import { TROUBLE, turnOf } from './script.ts';

export type AgentCall = { path: string; asked: string; body: Json; overAtMs: number | null };

/** A version that speaks each of the protocols and does what the script says. */
export type ScriptedAgent = {
  /** Without a path. */
  origin: string;
  callsFor: (asked: string) => AgentCall[];
  close: () => Promise<void>;
};

const PROTOCOLS: readonly Protocol[] = [CHAT, RESPONSES, MESSAGES];

const bodyOf = async (req: IncomingMessage): Promise<Json> => {
  let text = '';
  for await (const part of req) text += String(part);
  const body = parseJson(text);
  return isObject(body) ? body : {};
};

const sendJson = (res: ServerResponse, status: number, value: unknown): void =>
  void res.writeHead(status, { 'content-type': 'application/json', 'retry-after-ms': '5' }).end(JSON.stringify(value));

/** The events up to the first piece of what is said. */
const untilFirstPiece = (events: readonly string[], piece: string): string =>
  events.slice(0, events.findIndex((text) => text.includes(JSON.stringify(piece))) + 1).join('');

const answer = (res: ServerResponse, protocol: Protocol, call: AgentCall, before: number): void => {
  const turn = turnOf(call.asked, protocol.asked(call.body).hasResult, before);
  if ('status' in turn) return sendJson(res, turn.status, protocol.failure(TROUBLE));
  if (call.body['stream'] !== true) return sendJson(res, 200, protocol.document(turn.said));
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  const events = protocol.events(turn.said, call.body);
  if (turn.ending === 'whole') {
    for (const text of events) res.write(text);
    return void res.end();
  }
  res.write(`${untilFirstPiece(events, turn.said.pieces[0]!)}${turn.ending === 'cut' ? 'data: {"ha' : ''}`, () => {
    if (turn.ending === 'cut') setImmediate(() => res.destroy());
  });
};

export const startScriptedAgent = async (): Promise<ScriptedAgent> => {
  const calls: AgentCall[] = [];
  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const path = (req.url ?? '').replace(/\?.*$/, '');
    const protocol = PROTOCOLS.find((one) => one.path === path);
    const body = await bodyOf(req);
    if (protocol === undefined) return sendJson(res, 404, { error: { message: `no ${path}` } });
    const asked = protocol.asked(body).text;
    const before = calls.filter((call) => call.asked === asked).length;
    const call: AgentCall = { path, asked, body, overAtMs: null };
    calls.push(call);
    res.once('close', () => (call.overAtMs = Date.now()));
    answer(res, protocol, call, before);
  };
  const server = createServer((req, res) => void handle(req, res).catch(() => res.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    callsFor: (asked) => calls.filter((call) => call.asked === asked),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
