import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { closedAfterEach, until, viewOf } from './front-door.harness.ts';
import type { FrontDoorOptions, TestFrontDoor } from './front-door.harness.ts';
import { RawClient } from './raw-http.harness.ts';

/** Streams that end or beat oddly: what the client gets of them, and what is recorded. */

const { frontDoor, upstream, onClose } = closedAfterEach();
const ask = { model: 'support', user: 'u1', stream: true, messages: [] };
type Path = '/v1/chat/completions' | '/v1/responses' | '/v1/completions' | '/agents/support/x';
const post = (door: TestFrontDoor, path: Path, more: object = {}, signal?: AbortSignal) =>
  fetch(`${door.url}${path}`, {
    method: 'POST',
    headers: { accept: 'text/event-stream' },
    body: JSON.stringify({ ...ask, ...more }),
    ...(signal === undefined ? {} : { signal }),
  });
const withUpstream = (policy: object): NonNullable<FrontDoorOptions['policy']> => ({
  defaults: { capture: { mode: 'full' }, upstream: policy },
});
const exchange = (door: TestFrontDoor) => until(() => door.exchanges()[0], 'the exchange');
const head = (res: ServerResponse, type = 'text/event-stream'): void => {
  res.writeHead(200, type === '' ? {} : { 'content-type': type }).flushHeaders();
};
const data = (value: unknown): string => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`;
const delta = (more: object, finish: unknown = null, index = 0) =>
  data({ choices: [{ index, delta: more, finish_reason: finish }] });
const HELLO = delta({ content: 'hello' });
const STOP = delta({}, 'stop');
const LONG = 'x'.repeat(9_000);
const RESPONSE_TEXT = data({ type: 'response.output_text.delta', delta: 'hello' });

/** A version that says these pieces, and then ends, or goes on saying nothing. */
const says = async (
  pieces: readonly string[],
  then: 'end' | 'linger' = 'end',
  options: Partial<FrontDoorOptions> = {},
) => {
  const v1 = await upstream((res) => {
    head(res);
    for (const piece of pieces) res.write(piece);
    if (then === 'end') res.end();
  });
  return frontDoor({ views: [viewOf(v1.url, v1.url, 0)], ...options });
};

describe('the end of a stream', () => {
  it.each<[string, Path, string[], object]>([
    [
      'a usage chunk of 9 kB after the reason to finish',
      '/v1/chat/completions',
      [HELLO, STOP, data({ choices: [], usage: { prompt_tokens: 1, note: LONG } })],
      {},
    ],
    ['[DONE] with an id of its own', '/v1/chat/completions', [HELLO, 'id: 9\ndata: [DONE]\n\n'], {}],
    [
      'a response.completed of 9 kB, with data lines only',
      '/v1/responses',
      [RESPONSE_TEXT, data({ type: 'response.completed', response: { id: 'resp_1', output: [{ text: LONG }] } })],
      {},
    ],
    [
      'a response.completed of 2 MB, with data lines only',
      '/v1/responses',
      [RESPONSE_TEXT, data({ type: 'response.completed', response: { id: 'resp_1', output: 'x'.repeat(2_000_000) } })],
      {},
    ],
    ['a comment of 9 kB after the reason to finish', '/v1/chat/completions', [HELLO, STOP, `: ${LONG}\n\n`], {}],
    ['[DONE] that has neither its empty line nor a blank', '/v1/chat/completions', [HELLO, 'data:[DONE]'], {}],
    [
      'both choices finished',
      '/v1/chat/completions',
      [HELLO, STOP, delta({ content: 'b' }, null, 1), delta({}, 'length', 1)],
      { n: 2 },
    ],
    [
      'each of two prompts answered',
      '/v1/completions',
      [
        data({ choices: [{ index: 0, text: 'a', finish_reason: 'stop' }] }),
        data({ choices: [{ index: 1, text: 'b', finish_reason: 'stop' }] }),
      ],
      { prompt: ['x', 'y'], messages: undefined },
    ],
    ['an event without its empty line', '/v1/chat/completions', [HELLO, STOP.trimEnd()], {}],
  ])('is whole with %s: nothing is added to it', async (_name, path, pieces, more) => {
    const door = await says(pieces);
    const text = await (await post(door, path, more)).text();
    expect(text).not.toContain('"error"');
    expect(text.replace(/^(?:id|: coalmine-exchange-id):? \S+\n\n?/m, '').trimEnd()).toBe(pieces.join('').trimEnd());
    expect(await exchange(door)).toMatchObject({ outcome: 'ok', status: 200 });
  });

  it.each<[string, Path, string[], object]>([
    ['an empty reason to finish', '/v1/chat/completions', [HELLO, delta({}, '')], {}],
    ['one of two choices finished', '/v1/chat/completions', [HELLO, STOP], { n: 2 }],
    [
      'a choice begun after the first was finished',
      '/v1/chat/completions',
      [HELLO, STOP, delta({ content: 'b' }, null, 1)],
      {},
    ],
    ['half an event', '/v1/chat/completions', [HELLO, STOP.slice(0, -10)], {}],
    ['nothing', '/v1/chat/completions', [], {}],
    ['a comment', '/v1/chat/completions', [': ping\n\n'], {}],
    ['no response.completed', '/v1/responses', [RESPONSE_TEXT, data('[DONE]')], {}],
  ])('is missing with %s, however orderly it was closed: the client is told', async (_name, path, pieces, more) => {
    const door = await says(pieces);
    const text = await (await post(door, path, more)).text();
    expect(text.split('"upstream_error"').length - 1).toBe(1);
    expect(await exchange(door)).toMatchObject({ outcome: 'truncated' });
  });

  it.each<[string, Path, string]>([
    ['of 9 kB', '/v1/chat/completions', data({ error: { message: LONG } })],
    ['by its type', '/v1/chat/completions', data({ type: 'error', message: LONG })],
    ['by its object', '/v1/chat/completions', data({ object: 'error', message: LONG })],
    ['by its name', '/v1/chat/completions', `event: error\n${data({ message: LONG })}`],
    ['beside empty choices', '/v1/chat/completions', data({ choices: [], error: { message: LONG } })],
    ['of a choice', '/v1/chat/completions', delta({ content: LONG }, 'error')],
    ['as response.failed', '/v1/responses', data({ type: 'response.failed', response: { error: { message: LONG } } })],
    ['as an error event', '/v1/responses', `event: error\n${data({ type: 'error', message: LONG })}`],
  ])(
    'may be an error, %s: it is told once, and a version that lingers is not waited for',
    async (_name, path, error) => {
      const door = await says([path === '/v1/responses' ? RESPONSE_TEXT : HELLO, error], 'linger');
      const startedMs = performance.now();
      const text = await (await post(door, path)).text();
      expect(performance.now() - startedMs).toBeLessThan(1_000);
      expect(text.split(error).length - 1).toBe(1);
      expect(text).not.toContain('upstream_error');
      expect(await exchange(door)).toMatchObject({ outcome: 'truncated' });
    },
  );

  it.each<[string, Path, string[]]>([
    ['a chat', '/v1/chat/completions', [HELLO, STOP]],
    ['a message', '/agents/support/x', ['event: message_stop\ndata: {"type":"message_stop"}\n\n']],
    ['a chat on /agents', '/agents/support/x', [HELLO, 'id: 7\ndata: [DONE]\n\n']],
  ])('is not undone by a connection that breaks off after it: %s', async (_name, path, pieces) => {
    const v1 = await upstream((res) => {
      head(res);
      for (const piece of pieces) res.write(piece);
      setTimeout(() => res.destroy(), 20);
    });
    const door = await frontDoor({ views: [viewOf(v1.url, v1.url, 0)] });
    expect(await (await post(door, path)).text()).toContain(pieces[0]);
    expect(await exchange(door)).toMatchObject({ outcome: 'ok' });
  });
});

/** A chat whose version is in the test's hands, and what its client has got so far. */
const inHand = async (options: Partial<FrontDoorOptions> = {}, path: Path = '/v1/chat/completions', type?: string) => {
  let answer: ServerResponse | undefined;
  const v1 = await upstream((res) => {
    answer = res;
    head(res, type);
  });
  const door = await frontDoor({ views: [viewOf(v1.url, v1.url, 0)], ...options });
  const client = new RawClient(door.server.port);
  onClose(async () => client.destroy());
  const body = JSON.stringify(ask);
  client.write(
    `POST ${path} HTTP/1.1\r\nhost: a\r\naccept: Text/Event-Stream;q=1\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  const res = await until(() => answer, 'the request');
  /** Writes a piece, and waits for the client to have it. */
  const passes = async (piece: string): Promise<void> => {
    const before = client.received.length;
    res.write(Buffer.from(piece));
    await until(
      () => client.received.includes(piece, Math.max(0, before - piece.length)),
      JSON.stringify(piece),
      3_000,
    );
  };
  return { door, client, res, passes };
};

describe('the events of a stream', () => {
  it.each(['\n\n', '\r\r', '\r\n\r\n', '\n\r\n', '\n\r', '\r\n\r', '\r\n\n', '\r\r\n'])(
    'go on at once when they end with %j',
    async (end) => {
      const { res, passes, client } = await inHand();
      for (const content of ['a', 'b', 'c'])
        await passes(`data: {"choices":[{"index":0,"delta":{"content":"${content}"},"finish_reason":null}]}${end}`);
      res.end(`data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}${end}data: [DONE]${end}`);
      await client.answered();
      expect(client.answers[0]!.body.toString()).toMatch(/\[DONE\][\r\n]+$/);
      expect(client.answers[0]!.body.toString()).not.toContain('"error"');
    },
  );

  it.each([
    ': ping\n\n',
    'data:\n\n',
    'data: ping\n\n',
    'data: [PING]\n\n',
    'data: null\n\n',
    'data: 123\n\n',
    '\n',
    ':\n\n',
    ': ping\n',
    ':\r',
    'data: "ping"\n\n',
  ])('may be heartbeats, %j: they pass, change nothing, and are not its first content', async (beat) => {
    const { door, client, res, passes } = await inHand();
    await passes(beat);
    await passes(delta({ role: 'assistant', content: '' }));
    const contentAtMs = Date.now();
    await passes(beat + HELLO);
    res.end(beat + STOP + beat + data('[DONE]'));
    await client.answered();
    const recorded = await exchange(door);
    expect(recorded).toMatchObject({ outcome: 'ok' });
    expect(recorded.startedAtMs + recorded.firstByteMs!).toBeGreaterThanOrEqual(contentAtMs - 2);
    expect(recorded.firstByteMs).toBeLessThanOrEqual(recorded.latencyMs);
    expect(recorded.responseBody.text.split(beat).length - 1).toBeGreaterThanOrEqual(3);
  });
});

describe('a stream that only beats', () => {
  /** So long that no machine is busy for so long; what must not wait for it goes on for longer, one and a half of it. */
  const PATIENT_MS = 1_000;
  const EVERY_MS = PATIENT_MS / 10;
  const ENOUGH_BEATS = 15;

  const beating = async (beat: string, path: Path, { idleMs = PATIENT_MS, beats = Number.POSITIVE_INFINITY }) => {
    const v1 = await upstream((res) => {
      head(res);
      let count = 0;
      const timer = setInterval(() => {
        count += 1;
        if (count <= beats) res.write(beat);
        else res.end(HELLO + STOP);
        if (count > beats) clearInterval(timer);
      }, idleMs / 10);
      res.on('close', () => clearInterval(timer));
    });
    const policy = withUpstream({ idleTimeout: `${idleMs}ms` });
    return { v1, door: await frontDoor({ views: [viewOf(v1.url, v1.url, 0)], policy }), path };
  };

  it.each([': ping\n\n', 'data: ping\n\n', delta({ role: 'assistant', content: '' })])(
    'with %j and says nothing is silent: the client is told after the idle time-out',
    async (beat) => {
      const { door, path } = await beating(beat, '/v1/chat/completions', { idleMs: 200 });
      const text = await (await post(door, path)).text();
      expect(text).toContain('upstream_idle_timeout');
      expect(await exchange(door)).toMatchObject({ outcome: 'truncated', firstByteMs: null });
    },
  );

  it('before its content comes in time is waited for', async () => {
    const { door, path } = await beating(': ping\n\n', '/v1/chat/completions', { beats: 4 });
    expect(await (await post(door, path)).text()).toContain('hello');
    expect(await exchange(door)).toMatchObject({ outcome: 'ok' });
  });

  it('but works is waited for, too: a response whose events are more than heartbeats', async () => {
    const searching = data({ type: 'response.web_search_call.searching', item_id: 'x' });
    const v1 = await upstream((res) => {
      head(res);
      let count = 0;
      const timer = setInterval(() => {
        count += 1;
        if (count < ENOUGH_BEATS) res.write(searching);
        else res.end(RESPONSE_TEXT + data({ type: 'response.completed', response: { id: 'r', output: [{}] } }));
        if (count === ENOUGH_BEATS) clearInterval(timer);
      }, EVERY_MS);
    });
    const door = await frontDoor({
      views: [viewOf(v1.url, v1.url, 0)],
      policy: withUpstream({ idleTimeout: `${PATIENT_MS}ms` }),
    });
    expect(await (await post(door, '/v1/responses')).text()).not.toContain('upstream_error');
    expect(await exchange(door)).toMatchObject({ outcome: 'ok' });
  });

  it('in an agent’s own protocol may be waiting for something: it goes on', async () => {
    const { door } = await beating(': ping\n\n', '/agents/support/x', { beats: ENOUGH_BEATS });
    expect(await (await post(door, '/agents/support/x')).text()).toContain('hello');
    expect(await exchange(door)).toMatchObject({ outcome: 'ok', stream: true });
  });
});

describe('a client that leaves a stream', () => {
  it.each<[string, Path]>([
    [': ping\n\n', '/v1/chat/completions'],
    [delta({ role: 'assistant', content: '' }), '/v1/chat/completions'],
    ['event: ping\ndata: {"type":"ping"}\n\n', '/agents/support/x'],
  ])('before any content, with %j, got no answer', async (beat, path) => {
    const { door, client, passes } = await inHand({}, path);
    await passes(beat);
    client.destroy();
    expect(await exchange(door)).toMatchObject({ outcome: 'client_abort', status: 499, firstByteMs: null });
  });

  it('after its first content got some', async () => {
    const { door, client, passes } = await inHand();
    await passes(HELLO);
    client.destroy();
    const recorded = await exchange(door);
    expect(recorded).toMatchObject({ outcome: 'client_abort', status: 200 });
    expect(recorded.firstByteMs).not.toBeNull();
  });
});

describe('a stream whose type does not tell it', () => {
  it.each([
    '',
    'text/plain',
    'Text/Plain; charset=utf-8',
    'TEXT/Event-Stream;Charset=UTF-8',
    'text/event-stream, text/event-stream',
    'application/x-event-stream',
    'application/octet-stream',
  ])('events as %j: go on piece by piece, end with the exchange’s id, and are read', async (type) => {
    const { door, client, res, passes } = await inHand({}, undefined, type);
    await passes(HELLO);
    await passes(delta({ content: 'b' }));
    res.end(`${STOP}data: [DONE]\n\n`);
    await client.answered();
    expect(client.answers[0]!.body.toString()).toMatch(/\n\nid: \S+\ndata: \[DONE\]\n\n$/);
    expect(await exchange(door)).toMatchObject({ outcome: 'ok', responseBody: { contentType: type } });
  });

  it.each(['', 'text/plain'])('and that is cut short, as %j, is told to be', async (type) => {
    const { client, res, passes, door } = await inHand({}, undefined, type);
    await passes(HELLO);
    res.end();
    await client.answered();
    expect(client.answers[0]!.body.toString()).toContain('"upstream_error"');
    expect(await exchange(door)).toMatchObject({ outcome: 'truncated' });
  });

  it.each<[string, string, string]>([
    ['Application/X-NDJSON; charset=utf-8', '{"a":1}\n', '{"b":2}\n'],
    ['application/jsonl', '{"a":1}\n', '{"b":2}\n'],
    ['', '{"a":1}\n', '{"b":2}\n'],
    ['text/plain', '{"a":1}\r\n', '{"b":2}\r\n'],
    ['text/plain', 'one ', 'two '],
    ['application/x-www-form-urlencoded', 'a=1&', 'b=2'],
  ])('lines and forms as %j (%j): go on as they come, and nothing is added', async (type, first, second) => {
    const { door, client, res, passes } = await inHand({}, undefined, type);
    await passes(first);
    await passes(second);
    res.end();
    await client.answered();
    expect(client.answers[0]!.body.toString()).toBe(first + second);
    expect(await exchange(door)).toMatchObject({ status: 200, responseBody: { text: first + second } });
  });

  it('a plain JSON answer to who asked for a stream is still one, and has a fallback', async () => {
    const broken = await upstream((res) => {
      res.writeHead(200, { 'content-type': 'application/json' }).write('{"half":');
      setTimeout(() => res.destroy(), 20);
    });
    const stable = await upstream((res) =>
      res.writeHead(200, { 'content-type': 'application/json' }).end('{"choices":[]}\n'),
    );
    const door = await frontDoor({ views: [viewOf(stable.url, broken.url, 100)] });
    const response = await post(door, '/v1/chat/completions');
    expect([response.headers.get('x-coalmine-version'), await response.text()]).toEqual(['v1', '{"choices":[]}\n']);
    expect(response.headers.get('content-length')).toBe('15');
  });
});
