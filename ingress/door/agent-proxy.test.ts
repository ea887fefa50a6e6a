import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../platform/process/clock.ts';
import { closedAfterEach, until, viewOf } from '../test/front-door.harness.ts';
import type { FrontDoorOptions, TestFrontDoor } from '../test/front-door.harness.ts';
import { bodyOf, callRaw, mirror, mirrored, RawClient, startRawVersion } from '../test/raw-http.harness.ts';
import type { RawVersion } from '../test/raw-http.harness.ts';

const { closed, frontDoor } = closedAfterEach();
const MB = 1_000_000;

type Answer = (req: IncomingMessage, res: ServerResponse) => void;
const version = async (answer: Answer): Promise<RawVersion> => closed(await startRawVersion(answer));
const setUp = async (answer: Answer, options: Partial<FrontDoorOptions> = {}) => {
  const v1 = await version(answer);
  const door = await frontDoor({ views: [viewOf(`${v1.url}/base`, `${v1.url}/two`, 0)], ...options });
  return { v1, door, url: `${door.url}/agents/support` };
};
const exchange = (door: TestFrontDoor, at = 0) => until(() => door.exchanges()[at], 'the exchange');
const codeOf = ({ body }: { body: Buffer }): string =>
  (JSON.parse(body.toString()) as { error: { code: string } }).error.code;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('a request in an agent’s own protocol', () => {
  it('reaches its version with method, path, query, headers and body as they are', async () => {
    const { v1, url, door } = await setUp(mirror);
    const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'];
    for (const method of methods) {
      const body = method === 'GET' || method === 'OPTIONS' ? undefined : `of ${method}`;
      const headers = { 'x-own': 'mine', accept: 'text/own', ...(body ? { 'content-length': body.length } : {}) };
      const answer = await callRaw(`${url}/a%20b/c;d?q=1&q=2&e=&r=%2F`, { method, headers }, body);
      expect(answer.status).toBe(200);
      const got = mirrored(answer.body);
      expect(got).toMatchObject({ method, url: '/base/a%20b/c;d?q=1&q=2&e=&r=%2F', body: body ?? '' });
      expect(got.headers).toMatchObject({ 'x-own': 'mine', accept: 'text/own', 'x-coalmine-version': 'v1' });
    }
    expect(mirrored((await callRaw(url)).body).url).toBe('/base');
    expect(mirrored((await callRaw(`${url}?a`)).body).url).toBe('/base?a');
    for (const path of ['//a', '/a//b///', '/%2Fa%25b%3Fc', '/a?b?c=/d//e', '/', '/caf%C3%A9'])
      expect(mirrored((await callRaw(url + path)).body).url).toBe(`/base${path}`);
    expect(v1.requests).toHaveLength(methods.length + 8);
    await until(() => door.exchanges().length === v1.requests.length, 'all exchanges');
    expect(new Set(door.exchanges().map(({ method }) => method))).toEqual(new Set(methods));
  });

  it('is an exchange with path, query and both bodies, cut at the limit', async () => {
    const { door, url } = await setUp((_req, res) => res.end('y'.repeat(5_000)), { captureLimitBytes: 1_000 });
    const answer = await callRaw(
      `${url}/a?b=c`,
      { method: 'PUT', headers: { 'content-type': 'text/own' } },
      'x'.repeat(3_000),
    );
    expect(answer.body).toHaveLength(5_000);
    const captured = await exchange(door);
    expect(captured).toMatchObject({
      exchangeId: answer.headers['x-coalmine-exchange-id'],
      method: 'PUT',
      path: '/agents/support/a?b=c',
      stream: false,
      status: 200,
      outcome: 'ok',
      requestBody: { state: 'truncated', sizeBytes: 3_000, contentType: 'text/own', text: 'x'.repeat(1_000) },
      responseBody: { state: 'truncated', sizeBytes: 5_000, text: 'y'.repeat(1_000) },
    });
    expect(captured.requestBody.sha256).toBe(sha256(Buffer.from('x'.repeat(3_000))));
  });

  it('says where its texts stand, as the agent’s document has it, under any policy; a call of the OpenAI API does not', async () => {
    const v1 = await version((_req, res) => res.end('{"reply":"hello"}'));
    const http = { requestPath: '/question', answerPath: '/reply', replay: [] };
    const door = await frontDoor({ views: [viewOf(`${v1.url}/v1`, `${v1.url}/v1`, 0, { http })] });
    const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
    await callRaw(`${door.url}/agents/support/answer`, json, '{"question":"hi"}');
    expect(await exchange(door)).toMatchObject({ requestPath: '/question', answerPath: '/reply' });
    await callRaw(`${door.url}/v1/chat/completions`, json, '{"model":"support","messages":[]}');
    expect(await exchange(door, 1)).toMatchObject({ requestPath: '', answerPath: '' });
  });

  it('leads nowhere but to what lies under its version’s address', async () => {
    const { v1, door, url } = await setUp(mirror);
    const wrong = [
      '/..',
      '/../two',
      '/a/../../x',
      '/%2e%2E/x',
      '/.%2e',
      '/./x',
      '/a/%2e',
      '/..%2fx',
      '/..%5Cx',
      '/..;/x',
    ];
    for (const path of wrong) {
      const client = new RawClient(door.server.port);
      client.write(`GET /agents/support${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
      await client.answered();
      expect([path, client.answers[0]?.status]).toEqual([path, 400]);
      client.destroy();
    }
    expect(v1.requests).toHaveLength(0);
    for (const path of ['/...', '/a..b', '/.well-known/x', '/a.', '/..a']) {
      expect(mirrored((await callRaw(`${url}${path}`)).body).url).toBe(`/base${path}`);
    }
  });

  it('needs an agent that is there, and the role for a version of one’s choice', async () => {
    const { v1, door, url } = await setUp(mirror, { policy: { access: { anonymous: {} } } });
    const statuses = async (path: string): Promise<unknown> => {
      const answer = await callRaw(`${door.url}${path}`);
      return [answer.status, codeOf(answer)];
    };
    expect(await statuses('/agents/nobody/x')).toEqual([404, 'model_not_found']);
    expect(await statuses('/agents/%zz/x')).toEqual([400, 'invalid_request']);
    expect(await statuses('/agents//x')).toEqual([400, 'invalid_request']);
    expect(await statuses('/agents/support@v2/x')).toEqual([403, 'not_permitted']);
    expect(v1.requests).toHaveLength(0);
    door.applyPolicy({});
    expect(mirrored((await callRaw(`${url}@v2/x`)).body).url).toBe('/two/x');
    expect(mirrored((await callRaw(`${url}/x`, { headers: { 'x-coalmine-arm': 'candidate' } })).body).url).toBe(
      '/two/x',
    );
  });

  it('brings cookies, and takes them back one by one; headers of one connection alone stay there', async () => {
    const { url } = await setUp((req, res) => {
      res.setHeader('set-cookie', ['a=1; Path=/', 'b=2; HttpOnly']);
      res.setHeader('connection', 'keep-alive, x-hop');
      res.setHeader('x-hop', 'no');
      res.setHeader('x-coalmine-exchange-id', 'forged');
      mirror(req, res);
    });
    const headers = {
      cookie: 's=1',
      authorization: 'Bearer secret',
      'x-gone': 'no',
      connection: 'close, x-gone',
      te: 'trailers',
    };
    const answer = await callRaw(`${url}/x`, { headers });
    expect(answer.headers['set-cookie']).toEqual(['a=1; Path=/', 'b=2; HttpOnly']);
    expect(answer.headers).not.toHaveProperty('x-hop');
    expect(answer.headers['x-coalmine-exchange-id']).not.toContain('forged');
    const got = mirrored(answer.body).headers;
    expect(got['cookie']).toBe('s=1');
    for (const name of ['authorization', 'x-gone', 'te']) expect(got).not.toHaveProperty(name);
  });
});

describe('an answer', () => {
  it('is passed on as it is: redirects, compressed bodies, and binary ones of any kind', async () => {
    const zipped = gzipSync('zipped '.repeat(100));
    const { url, door } = await setUp((req, res) => {
      if (req.url === '/base/zip') res.writeHead(200, { 'content-encoding': 'gzip' }).end(zipped);
      else if (req.url === '/base/away') res.writeHead(307, { location: 'https://elsewhere.example/x' }).end('there');
      else req.pipe(res.writeHead(201, 'Made', { 'content-type': 'application/octet-stream' }));
    });
    const zip = await callRaw(`${url}/zip`);
    expect([zip.headers['content-encoding'], gunzipSync(zip.body).length]).toEqual(['gzip', 700]);
    expect(zip.body).toEqual(zipped);
    const away = await callRaw(`${url}/away`);
    expect([away.status, away.headers.location, away.body.toString()]).toEqual([
      307,
      'https://elsewhere.example/x',
      'there',
    ]);
    expect((await exchange(door, 1)).outcome).toBe('ok');
    for (const bytes of [
      Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
      randomBytes(100_000),
      randomBytes(MB),
    ]) {
      const back = await callRaw(url, { method: 'POST', headers: { 'content-length': bytes.length } }, bytes);
      expect([back.status, sha256(back.body)]).toEqual([201, sha256(bytes)]);
    }
  });

  it('without a body has none: 204, 304 and to HEAD', async () => {
    const { url, door } = await setUp((req, res) => {
      const status = Number(req.url?.slice('/base/'.length));
      if (status === 200) res.writeHead(200, { 'content-length': 1234, etag: '"a"' }).end();
      else res.writeHead(status, { etag: '"a"' }).end();
    });
    for (const [method, status] of [
      ['GET', 204],
      ['GET', 304],
      ['DELETE', 204],
      ['HEAD', 200],
      ['HEAD', 204],
    ] as const) {
      const client = new RawClient(door.server.port);
      client.write(`${method} /agents/support/${status} HTTP/1.1\r\nhost: a\r\n\r\n`);
      // On the same connection: bytes that don't belong there would be taken for this one's answer.
      await until(() => client.received.includes('\r\n\r\n'), 'the head');
      client.write('GET /livez HTTP/1.1\r\nhost: a\r\n\r\n');
      await until(() => client.received.includes('{"status":"ok"}'), 'the next answer');
      const text = client.received.toString('latin1');
      expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(text.split('\r\n\r\n')[0]!.match(/^date:/gim)).toHaveLength(1);
      expect(text.split('\r\n\r\n')[1]).toMatch(/^HTTP\/1.1 200 OK/);
      expect(/content-length: (\d+)/i.exec(text.split('\r\n\r\n')[0]!)?.[1]).toBe(
        method === 'HEAD' && status === 200 ? '1234' : undefined,
      );
      client.destroy();
    }
    expect((await callRaw(`${url}/200`, { method: 'HEAD' })).headers['etag']).toBe('"a"');
  });

  it('loses its trailers, and so does a request', async () => {
    const { door, v1 } = await setUp((req, res) => {
      const answer = (body: Buffer): void => {
        res.writeHead(200, { trailer: 'x-sum' });
        res.write(body);
        res.addTrailers({ 'x-sum': 'secret' });
        res.end();
      };
      void bodyOf(req).then(answer);
    });
    const client = new RawClient(door.server.port);
    client.write('POST /agents/support/ HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ntrailer: x-mine\r\n\r\n');
    client.write('5\r\nhello\r\n0\r\n\r\n');
    await client.answered();
    expect(client.answers[0]).toMatchObject({ status: 200, body: Buffer.from('hello') });
    expect(client.received.toString()).not.toMatch(/secret|trailer/i);
    expect(v1.requests[0]?.headers).not.toHaveProperty('trailer');
    client.destroy();
  });

  it('that breaks off half way is no whole one for the client either', async () => {
    const { url, door } = await setUp((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write('data: one\n\ndata: ha');
      setTimeout(() => res.destroy(), 20);
    });
    await expect(callRaw(url)).rejects.toThrow(/aborted|hang up|reset/i);
    expect(await exchange(door)).toMatchObject({
      outcome: 'truncated',
      status: 200,
      responseBody: { text: 'data: one\n\ndata: ha' },
    });
  });
});

const seen = (client: RawClient, text: string): Promise<unknown> => until(() => client.received.includes(text), text);

describe('what comes bit by bit goes on bit by bit', () => {
  it('down: chunks and events, whole or not', async () => {
    let answer: ServerResponse | undefined;
    const { door } = await setUp((req, res) => {
      answer = res.writeHead(200, {
        'content-type': req.url === '/base/sse' ? 'text/event-stream' : 'application/own',
      });
      res.flushHeaders();
    });
    for (const path of ['sse', 'own']) {
      answer = undefined;
      const client = new RawClient(door.server.port);
      client.write(`GET /agents/support/${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
      // The head goes out with the first byte of the body.
      await until(() => answer, 'the request');
      for (const part of ['data: a\n\n', 'data: ha', 'lf\n\n', ': comment\n']) {
        answer!.write(part);
        await seen(client, part);
      }
      answer!.end();
      await client.answered();
      expect(client.answers[0]?.body.toString()).toBe('data: a\n\ndata: half\n\n: comment\n');
      client.destroy();
    }
  });

  it.each(['in chunks', 'with a length'])('up, %s', async (how) => {
    const parts: string[] = [];
    const { door, url } = await setUp(
      (req, res) => {
        req.on('data', (part: Buffer) => parts.push(part.toString()));
        req.on('end', () => res.end(`got ${parts.join('').length}`));
      },
      { captureLimitBytes: 8 },
    );
    const sending: ClientRequest = request(url, {
      method: 'POST',
      ...(how === 'in chunks' ? {} : { headers: { 'content-length': 15 } }),
    });
    const answered = new Promise<IncomingMessage>((resolve) => sending.on('response', resolve));
    for (const part of ['first', 'secnd', 'third']) {
      sending.write(part);
      await until(() => parts.join('').endsWith(part), part);
    }
    sending.end();
    expect((await bodyOf(await answered)).toString()).toBe('got 15');
    const { requestBody, outcome } = await exchange(door);
    expect(outcome).toBe('ok');
    expect(requestBody).toMatchObject({
      state: 'truncated',
      sizeBytes: 15,
      text: 'firstsec',
      sha256: sha256(Buffer.from('firstsecndthird')),
    });
  });

  it('and no faster than the other side takes it: 20 MB up and down', { timeout: 20_000 }, async () => {
    const big = randomBytes(20 * MB);
    let uploading: IncomingMessage | undefined;
    let written = 0;
    const { url, door } = await setUp(
      (req, res) => {
        if (req.method === 'PUT') {
          uploading = req.pause().once('end', () => res.end('taken'));
          return;
        }
        const write = (): void => {
          while (written < big.length) {
            const part = big.subarray(written, (written += 65_536));
            if (!res.write(part)) return void res.once('drain', write);
          }
          res.end();
        };
        write();
      },
      { policy: { limits: { maxBodyBytes: 32 * 1_048_576 } } },
    );
    const stalled = async (bytes: () => number): Promise<number> => {
      for (let before = -1; before !== bytes() || before === 0;) {
        before = bytes();
        await systemClock.sleep(100);
      }
      return bytes();
    };
    const sending = request(url, { method: 'PUT', agent: false });
    const answered = new Promise<IncomingMessage>((resolve) => sending.on('response', resolve));
    let sent = 0;
    const send = (): void => {
      while (sent < big.length) {
        const part = big.subarray(sent, (sent += 65_536));
        if (!sending.write(part)) return void sending.once('drain', send);
      }
      sending.end();
    };
    send();
    await until(() => uploading, 'the upload');
    // What the system's own buffers hold is not in our hands.
    expect(await stalled(() => sent)).toBeLessThan(18 * MB);
    const received = bodyOf(uploading!.resume());
    expect((await bodyOf(await answered)).toString()).toBe('taken');
    expect(sha256(await received)).toBe(sha256(big));

    const client = new RawClient(door.server.port);
    client.socket.pause();
    client.write('GET /agents/support/ HTTP/1.1\r\nhost: a\r\n\r\n');
    expect(await stalled(() => written)).toBeLessThan(18 * MB);
    client.socket.resume();
    await until(() => client.received.length > big.length, 'all of it');
    await client.answered();
    expect(sha256(client.answers[0]!.body)).toBe(sha256(big));
    client.destroy();
    expect((await exchange(door, 1)).outcome).toBe('ok');
  });
});
