import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** The smallest HTTP client there is, so that load costs as little as it can beside what is measured. */

const READ_BYTES = 65_536;
const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

export type RawClient = {
  /** One at a time. `ok`: a whole answer came, with status 200. */
  send: (request: Buffer, onAnswer: (ok: boolean) => void) => void;
  close: () => void;
};

/** Whether these bytes are a whole answer, by its length or its last chunk. */
export const isWholeAnswer = (bytes: Buffer): boolean => {
  const end = bytes.indexOf(HEAD_END, 0, 'latin1');
  if (end < 0) return false;
  const head = bytes.toString('latin1', 0, end);
  const length = /content-length: *(\d+)/i.exec(head);
  if (length) return bytes.length >= end + 4 + Number(length[1]);
  return !/transfer-encoding: *chunked/i.test(head) || bytes.subarray(-5).equals(LAST_CHUNK);
};

/** One keep-alive connection, opened at the first request and again whenever the other side has closed it. */
export const openRawClient = (port: number): RawClient => {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  let held: Buffer | null = null;
  let waiting: ((ok: boolean) => void) | null = null;
  let socket: Socket | null = null;
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
      const all = held === null ? part : Buffer.concat([held, part]);
      if (isWholeAnswer(all)) finish(all.toString('latin1', 9, 12) === '200');
      else held = Buffer.from(all);
      return true;
    },
  };
  const open = (): Socket => {
    const opened = connect({ port, host: '127.0.0.1', noDelay: true, onread });
    opened.on('error', () => {});
    opened.on('close', () => {
      if (socket !== opened) return;
      socket = null;
      finish(false);
    });
    return opened;
  };
  return {
    send: (request, onAnswer) => {
      waiting = onAnswer;
      socket ??= open();
      socket.write(request);
    },
    close: () => {
      waiting = null;
      socket?.destroy();
    },
  };
};
