import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { CLOSE } from '../protocol/websocket-close.ts';
import { createUpstreamWs } from './upstream-ws.io.ts';

it('may be closed again right after a handshake was given up, as when the process stops just then', async () => {
  const silent = createServer((socket) => void socket.on('error', () => {}));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const upstream = createUpstreamWs({ maxMessageBytes: 1_000, pingEveryMs: 30_000 });
  const limits = { connectMs: 1_000, firstByteMs: 1_000, idleMs: 1_000, totalMs: 1_000 };
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
  const never = (): never => expect.unreachable();
  const sink = { onOpen: never, onRefused: never, onFailure: never, onMessage: never, onClose: never };
  const socket = upstream.open({ url, limits, headerLines: '', protocols: [] }, sink);
  socket.close(null);
  socket.close({ code: CLOSE.goingAway, reason: '' });
  upstream.close();
  silent.close();
});
