import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { CONNECTIONS } from './closed-loop.ts';

/** Under 126 bytes, so that a frame's head is two bytes (RFC 6455, 5.2). */
const MESSAGE = JSON.stringify({ type: 'input_text', text: 'quick brown fox '.repeat(5) });
const TEXT_FRAME = 0x81;
const DATA_OPCODES = new Set([1, 2]);
const HEAD_END = '\r\n\r\n';

/** A client's whole text message as one frame, masked as it must be. */
const maskedFrame = (text: string): Buffer => {
  const mask = [1, 2, 3, 4];
  const payload = Buffer.from(text).map((byte, i) => byte ^ mask[i % 4]!);
  return Buffer.concat([Buffer.from([TEXT_FRAME, 0x80 | payload.length, ...mask]), payload]);
};
const FRAME = maskedFrame(MESSAGE);

/** How many whole data frames lead these bytes, and what follows them. Other frames are passed over. */
export const takeFrames = (bytes: Buffer): { messages: number; rest: Buffer } => {
  let messages = 0;
  let at = 0;
  for (;;) {
    if (bytes.length < at + 2) break;
    const end = at + 2 + (bytes[at + 1]! & 0x7f);
    if (bytes.length < end) break;
    if (DATA_OPCODES.has(bytes[at]! & 0x0f)) messages += 1;
    at = end;
  }
  return { messages, rest: bytes.subarray(at) };
};

/** A connection after its handshake; null if the other side does not speak WebSocket there. */
const upgrade = (port: number, path: string): Promise<Socket | null> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let head = '';
    const onData = (bytes: Buffer): void => {
      head += bytes.toString('latin1');
      if (!head.includes(HEAD_END)) return;
      socket.off('data', onData);
      if (head.startsWith('HTTP/1.1 101')) return resolve(socket);
      socket.destroy();
      resolve(null);
    };
    socket.on('data', onData);
    socket.on('error', () => {});
    socket.on('close', () => resolve(null));
    const key = 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13';
    socket.write(
      `GET ${path} HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: Upgrade\r\n${key}${HEAD_END}`,
    );
  });

/** Messages per second that 64 connections send and have back, one under way on each; null where there is no WebSocket. */
export const measureEcho = async (
  port: number,
  path: string,
  seconds: number,
): Promise<{ perSecond: number; messages: number } | null> => {
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => upgrade(port, path)));
  const open = sockets.filter((socket) => socket !== null);
  if (open.length < sockets.length) {
    for (const socket of open) socket.destroy();
    return null;
  }
  let messages = 0;
  const startMs = performance.now();
  for (const socket of open) {
    let held: Buffer = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      const taken = takeFrames(held.length === 0 ? bytes : Buffer.concat([held, bytes]));
      held = taken.rest;
      messages += taken.messages;
      for (let i = 0; i < taken.messages; i++) socket.write(FRAME);
    });
    socket.write(FRAME);
  }
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const perSecond = (messages * 1_000) / (performance.now() - startMs);
  for (const socket of open) socket.destroy();
  return { perSecond, messages };
};
