import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** The smallest HTTP there is, for load that should cost as little as it can beside what is measured. */

const READ_BYTES = 65_536;
const HEAD_END = '\r\n\r\n';

const lengthOf = (head: string): number => Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);

/** Answers every request, however it is cut, with the same bytes. */
export const startFixedServer = (body: string): Promise<number> => {
  const answer = Buffer.from(
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  const server = createServer({ noDelay: true }, (socket) => {
    let held = '';
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      held += bytes.toString('latin1');
      for (;;) {
        const end = held.indexOf(HEAD_END);
        if (end < 0) return;
        const next = end + 4 + lengthOf(held.slice(0, end));
        if (held.length < next) return;
        held = held.slice(next);
        socket.write(answer);
      }
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', 4_096, () => resolve((server.address() as AddressInfo).port));
  });
};

export type RawClient = { send: (onAnswer: (ok: boolean) => void) => void; close: () => void };

/** One keep-alive connection, one request at a time, its requests taken in turn from `requests`. */
export const openRawClient = (port: number, requests: readonly Buffer[], offset: number): RawClient => {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  let held: Buffer | null = null;
  let waiting: ((ok: boolean) => void) | null = null;
  let count = offset;
  const finish = (ok: boolean): void => {
    const done = waiting;
    waiting = null;
    held = null;
    done?.(ok);
  };
  const onread = {
    buffer,
    callback: (length: number): boolean => {
      const part = buffer.subarray(0, length);
      const all: Buffer = held === null ? part : Buffer.concat([held, part]);
      const end = all.indexOf(HEAD_END, 0, 'latin1');
      const isWhole = end >= 0 && all.length >= end + 4 + lengthOf(all.toString('latin1', 0, end));
      if (isWhole) finish(all.toString('latin1', 9, 12) === '200');
      else held = Buffer.from(all);
      return true;
    },
  };
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread });
  socket.on('error', () => {});
  socket.on('close', () => finish(false));
  return {
    send: (onAnswer) => {
      waiting = onAnswer;
      count += 1;
      socket.write(requests[count % requests.length]!);
    },
    close: () => socket.destroy(),
  };
};
