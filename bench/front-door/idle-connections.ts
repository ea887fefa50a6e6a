import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { openFilesLimit } from './machine.ts';

const AT_ONCE = 256;
/** Of the files that a process may open, for everything else. */
const SPARE_FILES = 1_000;

const openOne = (port: number): Promise<Socket | null> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('connect', () => resolve(socket));
    socket.on('error', () => resolve(null));
  });

/** Connections that were accepted and say nothing, as many as wanted or as files may be open; `held` tells how many still are. */
export const openIdle = async (
  port: number,
  wanted: number,
): Promise<{ count: number; held: () => number; close: () => void }> => {
  const count = Math.min(wanted, openFilesLimit() - SPARE_FILES);
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const batch = Math.min(AT_ONCE, count - sockets.length);
    const opened = await Promise.all(Array.from({ length: batch }, () => openOne(port)));
    const good = opened.filter((socket) => socket !== null);
    for (const socket of good) socket.resume();
    sockets.push(...good);
    if (good.length === 0) break;
  }
  return {
    count: sockets.length,
    held: () => sockets.filter((socket) => !socket.destroyed && !socket.readableEnded).length,
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
};
