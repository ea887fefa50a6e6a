import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../platform/process/clock.ts';
import { answerJson, completion } from './front-door.harness.ts';
import { SMUGGLED } from './http-abuse.harness.ts';
import type { Abuse } from './http-abuse.harness.ts';
import { bodyOf, RawClient } from './raw-http.harness.ts';

/** Abuse as it is done to a front door, and what must be true of it afterwards. */

export type EchoVersion = {
  port: number;
  url: string;
  /** The mark of each request, in order; of one that has none ''. Of very many the latest. */
  marks: string[];
  /** Those that should never have come here. */
  smuggled: string[];
  /** Requests whose answer isn't over. */
  underWay: () => number;
  close: () => Promise<void>;
};

const markOf = (req: IncomingMessage, body: string): { mark: string; isStream: boolean } => {
  try {
    const { user, stream } = JSON.parse(body) as { user?: unknown; stream?: unknown };
    return { mark: typeof user === 'string' ? user : '', isStream: stream === true };
  } catch {
    return { mark: String(req.headers['x-probe'] ?? ''), isStream: false };
  }
};

const answerWith = (res: ServerResponse, mark: string, isStream: boolean): void => {
  if (!isStream) return answerJson(res, completion(mark));
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  res.write(`data: {"choices":[{"delta":{"content":${JSON.stringify(mark)}}}]}\n\n`);
  setImmediate(() => res.end('data: [DONE]\n\n'));
};

const KEPT_MARKS = 1_000_000;

/** A version that answers with the mark of what it was asked; `other` may answer what it knows of before. */
export const startEchoVersion = async (
  other: (req: IncomingMessage, res: ServerResponse) => boolean = () => false,
): Promise<EchoVersion> => {
  const marks: string[] = [];
  const smuggled: string[] = [];
  let underWay = 0;
  const server = createServer((req, res) => {
    underWay += 1;
    res.once('close', () => (underWay -= 1));
    if (other(req, res)) return;
    const answer = (body: Buffer): void => {
      const { mark, isStream } = markOf(req, body.toString('latin1'));
      marks.push(mark);
      if (marks.length > KEPT_MARKS) marks.splice(0, KEPT_MARKS / 2);
      if (mark.startsWith(SMUGGLED)) smuggled.push(mark);
      answerWith(res, mark, isStream);
    };
    // A body that broke off gets no answer.
    bodyOf(req).then(answer, () => res.destroy());
  });
  // Whoever stood still for the usual 5 s would close its connections before it reads what came over them meanwhile.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/v1`,
    marks,
    smuggled,
    underWay: () => underWay,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

export type Played = { abuse: Abuse; answers: RawClient['answers']; text: string; isClosed: boolean; tookMs: number };

/** Does it, over a connection of its own, and waits until there is an end of it or `forMs` have passed. */
export const play = async (port: number, abuse: Abuse, forMs: number): Promise<Played> => {
  const startedMs = Date.now();
  const client = new RawClient(port);
  for (const piece of abuse.pieces) {
    client.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (abuse.ending === 'end') client.socket.end();
  else if (abuse.ending === 'reset') client.socket.resetAndDestroy();
  const wanted = Math.max(1, abuse.marks.length);
  for (const endsAtMs = Date.now() + forMs; Date.now() < endsAtMs && !client.isClosed;) {
    if (client.answers.length >= wanted) break;
    await systemClock.sleep(5);
  }
  const { answers, isClosed } = client;
  client.destroy();
  return { abuse, answers, text: client.received.toString('latin1'), isClosed, tookMs: Date.now() - startedMs };
};

/** What a front door may say to those who behave badly; no 500, and nothing of its own making beyond 505. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 411, 413, 414, 431, 501, 502, 505]);

/** What is wrong with what came back; [] if nothing is. */
export const faultsIn = ({ abuse, answers, text, isClosed, tookMs }: Played): string[] => {
  const faults: string[] = [];
  const say = (what: string): void => void faults.push(`${abuse.kind} (${abuse.marks[0] ?? 'no mark'}): ${what}`);
  const good = answers.filter(({ status }) => status === 200);
  const strange = answers.find(({ status }) => status !== 200 && !REFUSALS.has(status));
  if (strange !== undefined) say(`answered with ${strange.status}: ${strange.head}`);
  if (text !== '' && !text.startsWith('HTTP/1.1 ')) say(`bytes that are no answer: ${text.slice(0, 60)}`);
  if (text.includes(SMUGGLED)) say('the answer to a smuggled request');
  if (good.length > abuse.marks.length) say(`${good.length} answered, ${abuse.marks.length} could be`);
  const marks = abuse.marks.map((mark) => `"content":${JSON.stringify(mark)}`);
  for (const { body } of abuse.kind === 'byte changed' ? [] : good) {
    while (marks.length > 0 && !body.includes(marks[0]!)) marks.shift();
    if (marks.shift() === undefined) say(`an answer to nothing that it asked: ${body.toString()}`);
  }
  if (abuse.isSound && good.length !== abuse.marks.length)
    say(`not served, ${isClosed ? 'closed' : 'open'} after ${tookMs} ms: ${text.slice(0, 200)}`);
  return faults;
};

const ask = (mark: string, isStream: boolean): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'support', user: mark, stream: isStream, messages: [] }),
});

/** Honest clients, one request after the other, until they are told to stop. */
export const startHonest = (url: string, clients: number) => {
  const leave = new AbortController();
  const told = { answered: 0, failures: [] as string[] };
  const work = async (client: number): Promise<void> => {
    for (let i = 0; !leave.signal.aborted; i++) {
      const mark = `honest-${client}-${i}`;
      const path = i % 3 === 2 ? '/agents/support/x' : '/v1/chat/completions';
      try {
        const response = await fetch(`${url}${path}`, ask(mark, i % 3 === 1));
        const text = await response.text();
        if (response.status === 200 && text.includes(JSON.stringify(mark))) told.answered += 1;
        else told.failures.push(`${mark}: ${response.status} ${text}`);
      } catch (error) {
        told.failures.push(`${mark}: ${String((error as Error).cause ?? error)}`);
      }
      await systemClock.sleep(2);
    }
  };
  const working = Promise.all(Array.from({ length: clients }, (_, client) => work(client)));
  return {
    told,
    stop: async () => {
      leave.abort();
      await working;
      return told;
    },
  };
};
