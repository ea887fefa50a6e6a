import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { asksForStream, requestsOf, stampedEvent, stampsIn } from './exchange.ts';
import { affordableRate } from './rates.ts';
import { isWholeAnswer, openRawClient } from './raw-client.ts';
import { takeFrames } from './websocket.ts';

const answer = (status: string): string => `HTTP/1.1 ${status}\r\ncontent-length: 2\r\n\r\nok`;
const shape = { path: '/v1/chat/completions', model: 'm', headers: [] };

it('an exchange is about 1 kB, and only a streamed one asks for a stream', () => {
  const [plain, streamed] = [requestsOf(shape, false)[0]!, requestsOf(shape, true)[0]!];
  expect([asksForStream(plain), asksForStream(streamed)]).toEqual([false, true]);
  expect(plain.length).toBeGreaterThan(500);
});

it('a stamp is read once, however the text was cut', () => {
  const text = stampedEvent(false) + stampedEvent(true);
  const cut = text.indexOf('T') + 5;
  const first = stampsIn(text.slice(0, cut));
  const second = stampsIn(text.slice(first.readTo));
  expect([...first.stampsNs, ...second.stampsNs]).toHaveLength(2);
});

it('an answer is whole by its length, by its last chunk, or by its head alone', () => {
  const head = 'HTTP/1.1 200 OK\r\n';
  const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`;
  const texts = [answer('200 OK'), answer('200 OK').slice(0, -1), chunked, `${chunked}0\r\n\r\n`, head];
  expect(texts.map((text) => isWholeAnswer(Buffer.from(text)))).toEqual([true, false, false, true, false]);
});

it('frames are counted when they are whole, and pings are not', () => {
  const text = Buffer.from([0x81, 2, 104, 105]);
  const ping = Buffer.from([0x89, 0]);
  const { messages, rest } = takeFrames(Buffer.concat([text, ping, text, text.subarray(0, 3)]));
  expect([messages, rest.length]).toEqual([2, 3]);
});

it('a rate is the wanted one, or what a slow target can hold', () => {
  expect([affordableRate(200, 60_000), affordableRate(200, 64), affordableRate(1_000, 680)]).toEqual([200, 21, null]);
});

it('a connection that the other side closed is opened again for the next request', async () => {
  const server = createServer((socket) => {
    socket.once('data', () => socket.end(answer('200 OK')));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = openRawClient((server.address() as AddressInfo).port);
  const send = (): Promise<boolean> => new Promise((resolve) => client.send(requestsOf(shape, false)[0]!, resolve));
  const closed = new Promise((resolve) => server.once('connection', (socket) => socket.once('close', resolve)));
  expect(await send()).toBe(true);
  await closed;
  const again = await send();
  expect(again || (await send())).toBe(true);
  client.close();
  server.close();
});
