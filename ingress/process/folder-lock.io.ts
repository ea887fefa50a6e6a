import { hash } from 'node:crypto';
import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const listen = (socketPath: string): Promise<Server | null> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen(socketPath, () => resolve(server.unref()));
  });

const isAlive = (socketPath: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/**
 * Makes the folder this process' own for as long as it lives: two writers of one journal would number their events twice.
 * The lock is a listening socket, which ends with the process however that ends. Rejects if another process has it.
 */
export const lockFolder = async (dir: string): Promise<{ release: () => void }> => {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const name = hash('sha256', realpathSync(dir), 'hex').slice(0, 24);
  const socketPath = path.join(tmpdir(), `coalmine-${name}.lock`);
  let server = await listen(socketPath);
  if (server === null && !(await isAlive(socketPath))) {
    rmSync(socketPath, { force: true });
    server = await listen(socketPath);
  }
  if (server === null)
    throw new Error(`another ingress uses ${dir}: stop it, or give this one its own INGRESS_DATA_DIR`);
  const held = server;
  return { release: () => void held.close() };
};
