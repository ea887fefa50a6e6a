/** What goes through every target: an exchange of about 1 kB, plain or streamed. Users differ, so that a sticky draw has work. */

const VARIETY = 512;
/** Around the time at which the upstream wrote a chunk, in nanoseconds of the host's monotonic clock. */
const STAMP = /T(\d{6,})T/g;

export type Shape = { path: string; model: string; headers: readonly string[] };

const requestOf = (shape: Shape, i: number, isStreamed: boolean): Buffer => {
  const messages = [{ role: 'user', content: 'quick brown '.repeat(35) }];
  const stream = isStreamed ? { stream: true } : {};
  const body = JSON.stringify({ model: shape.model, user: `user-${i}`, metadata: { lang: 'en' }, ...stream, messages });
  const head = [
    `POST ${shape.path} HTTP/1.1`,
    'host: localhost',
    'content-type: application/json',
    'user-agent: bench',
    ...shape.headers,
    `content-length: ${body.length}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
};

export const requestsOf = (shape: Shape, isStreamed: boolean): Buffer[] =>
  Array.from({ length: VARIETY }, (_, i) => requestOf(shape, i, isStreamed));

export const asksForStream = (body: Buffer): boolean =>
  body.includes('"stream":true', 0, 'latin1') || body.includes('"stream": true', 0, 'latin1');

export const ANSWER = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'fox '.repeat(60) } }],
  usage: { prompt_tokens: 42, completion_tokens: 36, total_tokens: 78 },
});

/** An event of a streamed answer that says when it was written; the last one ends the answer. */
export const stampedEvent = (isLast: boolean): string => {
  const content = `T${process.hrtime.bigint()}T`;
  const choice = { index: 0, delta: { role: 'assistant', content }, finish_reason: isLast ? 'stop' : null };
  const chunk = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [choice] };
  return `data: ${JSON.stringify(chunk)}\n\n`;
};

/** The stamps in a piece of text, and how far it was read: what comes after may be the start of another one. */
export const stampsIn = (text: string): { stampsNs: number[]; readTo: number } => {
  const found = [...text.matchAll(STAMP)];
  const last = found.at(-1);
  return {
    stampsNs: found.map(([, digits]) => Number(digits)),
    readTo: last === undefined ? 0 : last.index + last[0].length,
  };
};

/** Milliseconds of the clock that every process of the host shares. */
export const hostNowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
