import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Seen } from './seen.ts';

/** Clients that behave, and that remember each id they were given, so that the topics can be held against it. */

/** What they had, and where they were let down. */
export type Told = Omit<Seen, 'decisions'> & { forged: number; paused: number; failures: string[] };

export const CALLED = 'steady';
export const TALKED = 'talk';
/** Whose stream has a pause in it that is longer than the front door waits for an idle connection. */
export const PAUSED = 'pausing';
const PAUSE_MS = 50;
/** So long a machine that is busy with everything else may take for an answer or an echo. */
const PATIENCE_MS = 30_000;
const FEEDBACK_EVERY = 4;
const FORGED_EVERY = 10;

type Notes = {
  exchanges: string[];
  feedback: string[];
  turns: number;
  forged: number;
  paused: number;
  failures: string[];
};

const post = (url: string, body: object): Promise<Response> =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

/** Its exchange's id, which is noted; null if the client was let down. */
const ask = async (
  url: string,
  mark: string,
  stream: boolean,
  { exchanges, failures }: Notes,
): Promise<string | null> => {
  const messages = [{ role: 'user', content: `${mark}: where is my order?` }];
  const response = await post(`${url}/v1/chat/completions`, { model: CALLED, user: mark, stream, messages });
  const text = await response.text();
  const id = response.headers.get('x-coalmine-exchange-id');
  const isWhole = text.includes(JSON.stringify(mark)) && (!stream || text.endsWith('data: [DONE]\n\n'));
  // What failed before its end is an exchange, too.
  if (id !== null) exchanges.push(id);
  if (response.status === 200 && isWhole) return id;
  failures.push(`${mark}: ${response.status} ${text.slice(0, 200)}`);
  return null;
};

const sayOf = async (url: string, id: string, i: number, { feedback, failures }: Notes): Promise<void> => {
  const response = await post(`${url}/v1/feedback`, {
    exchange_id: id,
    thumbs: i % 3 === 0 ? 'down' : 'up',
    rating: 4,
  });
  const said = (await response.json()) as { id?: string };
  if (response.status === 202 && said.id !== undefined) feedback.push(said.id);
  else failures.push(`feedback: ${response.status} ${JSON.stringify(said)}`);
};

/** Feedback of an exchange that never was, which nobody may give. */
const forge = async (url: string, id: string, notes: Notes): Promise<void> => {
  const other = `${id.slice(0, -6)}${id.slice(-6) === 'AAAAAA' ? 'BBBBBB' : 'AAAAAA'}`;
  const response = await post(`${url}/v1/feedback`, { exchange_id: other, thumbs: 'up' });
  await response.text();
  notes.forged += 1;
  if (response.status < 400 || response.status >= 500) notes.failures.push(`forged feedback: ${response.status}`);
};

const call = async (url: string, client: number, notes: Notes, isOver: () => boolean): Promise<void> => {
  for (let i = 0; !isOver(); i++) {
    try {
      const id = await ask(url, `${CALLED}-${client}-${i}`, i % 3 === 1, notes);
      if (id !== null) {
        if (i % FEEDBACK_EVERY === 0) await sayOf(url, id, i, notes);
        if (i % FORGED_EVERY === 0) await forge(url, id, notes);
      }
    } catch (error) {
      notes.failures.push(`${CALLED}-${client}-${i}: ${String((error as Error).cause ?? error)}`);
    }
    await sleep(PAUSE_MS);
  }
};

/** A WebSocket whose every message must come back: a turn each. */
const talk = async (port: number, client: number, notes: Notes, isOver: () => boolean): Promise<void> => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/agents/${TALKED}/echo`);
  const back: string[] = [];
  socket.on('message', (data) => void back.push((data as Buffer).toString()));
  socket.on('error', (error) => notes.failures.push(`WebSocket: ${error.message}`));
  socket.on('close', (code) => void (!isOver() && notes.failures.push(`WebSocket closed: ${code}`)));
  await new Promise((resolve) => socket.once('open', resolve));
  for (let i = 0; !isOver(); i++) {
    const sent = `turn ${client}-${i} ${'é'.repeat(i % 1_000)}`;
    socket.send(sent);
    for (const endsAtMs = Date.now() + PATIENCE_MS; back.length === 0 && Date.now() < endsAtMs;) await sleep(5);
    if (back.shift() === sent) notes.turns += 1;
    else notes.failures.push(`WebSocket: no echo of ${sent.slice(0, 20)}`);
    await sleep(PAUSE_MS);
  }
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.close();
  await closed;
};

const waitLong = async (url: string, notes: Notes, isOver: () => boolean): Promise<void> => {
  while (!isOver()) {
    const response = await post(`${url}/v1/chat/completions`, { model: PAUSED, stream: true }).catch(() => null);
    const text = await response?.text().catch(() => '');
    if (text?.endsWith('data: [DONE]\n\n')) notes.paused += 1;
    else if (!isOver()) notes.failures.push(`a stream with a pause: ${text}`);
  }
};

/** So many of each until they are told to stop. */
export const startCallers = (port: number, clients: number) => {
  const notes: Notes = { exchanges: [], feedback: [], turns: 0, forged: 0, paused: 0, failures: [] };
  let over = false;
  const isOver = (): boolean => over;
  const url = `http://127.0.0.1:${port}`;
  const each = (_: unknown, client: number) => [call(url, client, notes, isOver), talk(port, client, notes, isOver)];
  const working = Promise.all([waitLong(url, notes, isOver), ...Array.from({ length: clients }, each).flat()]);
  return {
    stop: async (): Promise<Told> => {
      over = true;
      await working;
      return notes;
    },
  };
};
