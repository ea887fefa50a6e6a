import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { NO_RULES } from '../../schemas/routing-view.ts';
import type { LimitResult } from '../admission/gcra.ts';
import { answerJson, closedAfterEach, completion, OPEN_ACCESS, until, viewOf } from './front-door.harness.ts';

const { frontDoor, upstream } = closedAfterEach();
const polite = () => upstream((res) => answerJson(res, completion('hello')));
const chat = (url: string, body: unknown, init: RequestInit = {}) =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  });
const ask = { model: 'support', user: 'u1', messages: [] };

/** What comes back for these bytes within a moment, as text. */
const raw = (port: number, text: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.on('data', (bytes) => (received += bytes.toString('latin1')));
    socket.write(text);
    setTimeout(() => {
      socket.destroy();
      resolve(received);
    }, 200);
  });

describe('the front door', () => {
  it.each(['/livez', '/nowhere', '/v1/models', '/v1/chat/completions', '/agents/nobody/x'])(
    'answers HEAD %s without a body, whatever the answer is',
    async (path) => {
      const door = await frontDoor({ views: [viewOf('http://127.0.0.1:9/v1', 'http://127.0.0.1:9/v1', 0)] });
      const answer = await raw(door.server.port, `HEAD ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 [245]\d\d /);
      expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toBe('');
    },
  );

  it('names the model that an upstream wants, however deep the rest of the body is, and changes no other byte', async () => {
    let got = '';
    const v1 = await upstream((res, body) => {
      got = body;
      answerJson(res, completion('deep'));
    });
    const view = viewOf(v1.url, v1.url, 0);
    const versions = view.versions.map((version) => ({ ...version, upstreamModel: 'gpt-4o' }));
    const door = await frontDoor({ views: [{ ...view, versions }] });
    const body = `{"seed":12345678901234567890,"model":"support","x":${'['.repeat(60_000)}${']'.repeat(60_000)}}`;
    expect((await chat(door.url, body)).status).toBe(200);
    expect(got).toBe(body.replace('"support"', '"gpt-4o"'));
  });

  it('asks nobody for a client that left while its limit was asked for', async () => {
    const v1 = await polite();
    let answerLimit: ((result: LimitResult) => void) | undefined;
    const door = await frontDoor({
      views: [viewOf(v1.url, v1.url, 0)],
      policy: {
        access: { anonymous: {} },
        defaults: { capture: { mode: 'full' }, limit: { requests: 1 } },
      },
      limiter: { take: () => new Promise<LimitResult>((resolve) => (answerLimit = resolve)) },
    });
    const leaving = new AbortController();
    const asked = chat(door.url, ask, { signal: leaving.signal });
    const answer = await until(() => answerLimit, 'the limiter to be asked');
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await until(() => door.server.pending() === 0, 'the door to notice');
    answer({ allowed: true, bucket: 'agent:support', limit: 1, remaining: 0, resetMs: 0, retryAfterMs: 0 });
    expect((await fetch(`${door.url}/livez`)).status).toBe(200);
    expect(v1.requests).toHaveLength(0);
    expect(door.exchanges()).toHaveLength(0);
  });

  it('does not hold against a version what it was never asked: of an ejected one only its own failures count', async () => {
    const v1 = await polite();
    let isBroken = true;
    const v2 = await upstream((res) => answerJson(res, isBroken ? {} : completion('better'), isBroken ? 500 : 200));
    const door = await frontDoor({
      views: [viewOf(v1.url, v2.url, 100)],
      policy: {
        access: { anonymous: { roles: ['pin'] } },
        defaults: { capture: { mode: 'full' }, upstream: { outlier: { consecutiveFailures: 3 } } },
      },
    });
    for (let i = 0; i < 10; i++) {
      expect((await chat(door.url, { ...ask, user: `u${i}` })).headers.get('x-coalmine-version')).toBe('v1');
      isBroken = v2.requests.length < 3;
    }
    expect(v2.requests).toHaveLength(3);
    await until(() => door.exchanges().length === 10, 'the exchanges');
    const counted = door.exchanges().filter(({ assignment }) => assignment === 'weight');
    expect(counted.map(({ fallbackReason }) => fallbackReason)).toEqual(Array(3).fill('status 500'));
    const overrides = door.exchanges().filter(({ assignment }) => assignment === 'override');
    expect(overrides).toHaveLength(7);
    expect(overrides[0]).toMatchObject({ assignedArm: 'candidate', servedArm: 'stable', fallbackReason: 'ejected' });
  });

  describe('a 4xx that another version may better', () => {
    const RETRY = { 'retry-after': '3' };
    const answering = (status: number, headers: Record<string, string> = {}) =>
      upstream((res) => {
        for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
        answerJson(res, { error: { message: 'slow down' } }, status);
      });
    const policy = (more: object) => ({
      access: OPEN_ACCESS,
      defaults: { capture: { mode: 'full' as const }, upstream: more },
    });

    it.each([
      ['a 429 that says when to try again', 429, RETRY],
      ['a 429 that says so in milliseconds', 429, { 'retry-after-ms': '30' }],
      ['a 408', 408, {}],
    ])('%s is answered for by stable, and is an error of the assigned arm', async (_, status, headers) => {
      const [v1, v2] = [await polite(), await answering(status, headers)];
      const door = await frontDoor({ views: [viewOf(v1.url, v2.url, 100)] });
      const answer = await chat(door.url, ask);
      expect([answer.status, answer.headers.get('x-coalmine-version')]).toEqual([200, 'v1']);
      expect(await until(() => door.exchanges()[0], 'the exchange')).toMatchObject({
        assignment: 'weight',
        assignedArm: 'candidate',
        servedArm: 'stable',
        fallbackReason: `status ${status}`,
        outcome: 'client_error',
        status: 200,
      });
    });

    it.each([
      ['a 429 without a time', 429, {}, {}],
      ['another 4xx', 400, RETRY, {}],
      ['one that the agent has off its list', 429, RETRY, { fallbackOn: [] }],
    ])('%s is passed on, and counts the same', async (_, status, headers, rules) => {
      const [v1, v2] = [await polite(), await answering(status, headers)];
      const door = await frontDoor({ views: [viewOf(v1.url, v2.url, 100, { rules: { ...NO_RULES, ...rules } })] });
      const answer = await chat(door.url, ask);
      expect([answer.status, answer.headers.get('x-coalmine-version')]).toEqual([status, 'v2']);
      expect(await until(() => door.exchanges()[0], 'the exchange')).toMatchObject({
        servedArm: 'candidate',
        outcome: 'client_error',
        fallbackReason: null,
      });
      expect(v1.requests).toHaveLength(0);
    });

    it('is passed on with its time while stable is busy, or left alone', async () => {
      let isBroken = false;
      const held: (() => void)[] = [];
      const v1 = await upstream((res, body) => {
        if (isBroken) answerJson(res, {}, 500);
        else if (body.includes('hang')) held.push(() => answerJson(res, completion('at last')));
        else answerJson(res, completion('hello'));
      });
      const v2 = await answering(429, RETRY);
      const limits = { maxConcurrent: 1, outlier: { consecutiveFailures: 1 } };
      const door = await frontDoor({ views: [viewOf(v1.url, v2.url, 100)], policy: policy(limits) });
      const statusOf = async (): Promise<unknown[]> => {
        const answer = await chat(door.url, ask);
        return [answer.status, answer.headers.get('retry-after'), answer.headers.get('x-coalmine-version')];
      };
      const hanging = chat(door.url, { ...ask, model: 'support@v1', messages: ['hang'] });
      await until(() => held.length > 0, 'the place to be taken');
      expect(await statusOf()).toEqual([429, '3', 'v2']);
      held[0]!();
      await hanging;
      expect(await statusOf()).toEqual([200, null, 'v1']);
      isBroken = true;
      await chat(door.url, { ...ask, model: 'support@v1' });
      isBroken = false;
      expect(await statusOf()).toEqual([429, '3', 'v2']);
    });

    it('goes on along the chain as long as versions have too much to do', async () => {
      const [v1, v2, v3] = [await answering(429, RETRY), await answering(429, RETRY), await polite()];
      const view = viewOf(v1.url, v2.url, 100);
      const third = { ...view.versions[0]!, label: 'v3', upstream: v3.url };
      const rules = { ...NO_RULES, fallbacks: [[{ version: 'v3', weight: 1 }]] };
      const door = await frontDoor({ views: [{ ...view, versions: [...view.versions, third], rules }] });
      expect((await chat(door.url, ask)).headers.get('x-coalmine-version')).toBe('v3');
      expect([v1.requests.length, v2.requests.length]).toEqual([1, 1]);
    });

    it('of a pinned version stays its own', async () => {
      const [v1, v2] = [await polite(), await answering(429, RETRY)];
      const door = await frontDoor({ views: [viewOf(v1.url, v2.url, 100)], policy: policy({}) });
      expect((await chat(door.url, { ...ask, model: 'support@v2' })).status).toBe(429);
    });
  });

  it('goes on along the chain of versions until one answers', async () => {
    const v1 = await upstream((res) => answerJson(res, {}, 503));
    const v2 = await upstream((res) => answerJson(res, {}, 500));
    const v3 = await polite();
    const view = viewOf(v1.url, v2.url, 100);
    const third = { ...view.versions[0]!, label: 'v3', upstream: v3.url };
    const rules = { ...NO_RULES, fallbacks: [[{ version: 'v3', weight: 1 }]] };
    const door = await frontDoor({ views: [{ ...view, versions: [...view.versions, third], rules }] });
    const answer = await chat(door.url, ask);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-coalmine-version')).toBe('v3');
    expect(await until(() => door.exchanges()[0], 'the exchange')).toMatchObject({
      assignedArm: 'candidate',
      servedVersion: 'v3',
      servedArm: '',
      fallbackReason: 'status 500',
      outcome: 'upstream_error',
      status: 200,
    });
  });

  it('keeps a conversation with the version that it began with while that gets traffic, and no longer', async () => {
    const named = (name: string) =>
      upstream((res) => answerJson(res, { id: `resp_${name}`, object: 'response', output: [] }));
    const [v1, v2] = [await named('v1'), await named('v2')];
    const door = await frontDoor({ views: [viewOf(v1.url, v2.url, 100)] });
    const respond = async (previous?: string): Promise<string | null> => {
      const body = JSON.stringify({ model: 'support', input: 'hi', previous_response_id: previous });
      const response = await fetch(`${door.url}/v1/responses`, { method: 'POST', body });
      await response.text();
      return response.headers.get('x-coalmine-version');
    };
    expect(await respond()).toBe('v2');
    door.routed(viewOf(v1.url, v2.url, 0.000_1, { sequence: 4 }));
    expect(await respond()).toBe('v1');
    expect(await respond('resp_v2')).toBe('v2');
    door.routed(viewOf(v1.url, v2.url, 0, { sequence: 5 }));
    expect(await respond('resp_v2')).toBe('v1');
    const assignments = await until(
      () => door.exchanges().length === 4 && door.exchanges().map((e) => e.assignment),
      '4',
    );
    expect([...assignments].sort()).toEqual(['affinity', 'weight', 'weight', 'weight']);
  });

  it.each(['resp.v1:eu/west', '0191c5a0-5d3c-7f0e', 'x'.repeat(1_024)])(
    'knows the answer that a conversation goes on from by an id of any form, plain or streamed: %s',
    async (id) => {
      const v1 = await polite();
      const v2 = await upstream((res, body) => {
        const answer = { object: 'response', instructions: 'x'.repeat(20_000), id, status: 'completed', output: [] };
        if (!body.includes('"stream":true')) return answerJson(res, answer);
        const event = (type: string): string =>
          `event: ${type}\ndata: ${JSON.stringify({ type, response: answer })}\n\n`;
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        res.end(event('response.created') + event('response.completed'));
      });
      for (const stream of [false, true]) {
        const door = await frontDoor({ views: [viewOf(v1.url, v2.url, 100)] });
        const respond = async (more: object): Promise<string | null> => {
          const body = JSON.stringify({ model: 'support', input: 'hi', ...more });
          const response = await fetch(`${door.url}/v1/responses`, { method: 'POST', body });
          await response.text();
          return response.headers.get('x-coalmine-version');
        };
        expect(await respond({ stream })).toBe('v2');
        door.routed(viewOf(v1.url, v2.url, 0.000_1, { sequence: 4 }));
        expect([await respond({}), await respond({ previous_response_id: id })]).toEqual(['v1', 'v2']);
      }
    },
  );

  it('keeps whoever names themselves only by `safety_identifier` or `prompt_cache_key` on one version', async () => {
    const [v1, v2] = [await polite(), await polite()];
    const door = await frontDoor({ views: [viewOf(v1.url, v2.url, 50)] });
    for (const field of ['safety_identifier', 'prompt_cache_key']) {
      const served = new Set<string | null>();
      for (let i = 0; i < 16; i++) {
        const answers = [];
        for (const _ of [1, 2])
          answers.push(await chat(door.url, { model: 'support', messages: [], [field]: `p${i}` }));
        const versions = answers.map(({ headers }) => headers.get('x-coalmine-version'));
        expect(versions[0]).toBe(versions[1]);
        served.add(versions[0]!);
      }
      expect([...served].sort()).toEqual(['v1', 'v2']);
    }
  });
});

describe('an agent’s own protocol', () => {
  it('is asked for its root when the path ends with its name', async () => {
    const v1 = await polite();
    const base = v1.url.replace('/v1', '');
    const door = await frontDoor({ views: [viewOf(base, base, 0)] });
    await fetch(`${door.url}/agents/support`);
    await fetch(`${door.url}/agents/support?x=1`);
    expect(v1.requests.map(({ url }) => url)).toEqual(['/', '/?x=1']);
  });

  it('has a fallback for an upload that turns out to be empty', async () => {
    const v1 = await polite();
    const v2 = await upstream((res) => answerJson(res, {}, 500));
    const door = await frontDoor({ views: [viewOf(v1.url, v2.url, 100)] });
    const request = 'POST /agents/support/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    expect(await raw(door.server.port, request)).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  it('is cut off when it was refused with an upload under way, and nothing of that is held', async () => {
    const v1 = await polite();
    const door = await frontDoor({ views: [viewOf(v1.url, v1.url, 0)] });
    const head = 'POST /agents/support/../x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n';
    const socket = connect(door.server.port, '127.0.0.1');
    let isClosed = false;
    socket.on('close', () => (isClosed = true)).on('error', () => {});
    socket.resume().write(head);
    await until(() => isClosed, 'the connection to be closed');
    expect(v1.requests).toHaveLength(0);
  });

  it('leaves CORS to the front door where that has a policy for it', async () => {
    const v1 = await upstream((res) => res.setHeader('access-control-allow-origin', '*').end('{}'));
    const door = await frontDoor({
      views: [viewOf(v1.url, v1.url, 0)],
      policy: { access: { anonymous: {} }, cors: { origins: ['https://app.example.com'] } },
    });
    const headers = { origin: 'https://app.example.com' };
    const answer = await fetch(`${door.url}/agents/support/x`, { headers });
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  });
});
