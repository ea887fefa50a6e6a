import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import net from 'node:net';
import { PartsError } from './parts-error.ts';
import { runProgram } from './program.ts';

async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/**
 * Ports nobody listens on. Taken from below the range that systems give to outgoing connections: a port from that range
 * can be lost to a client (or a client can connect to itself on it) while its part is down between kill and start.
 */
export async function pickFreePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(20_000, 30_000);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

/** The inodes of sockets that listen on a port, from a table of /proc/net (state 0A is LISTEN). */
export function listeningInodes(procNetTcp: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = procNetTcp.split('\n').map((line) => line.trim().split(/\s+/));
  return rows.filter((row) => row[1]?.endsWith(wanted) && row[3] === '0A').flatMap((row) => row[9] ?? []);
}

const list = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

const linkTarget = (file: string): string => {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
};

function listenerFromProc(port: number): number | undefined {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFileSync(file, 'utf8'));
  const sockets = new Set(tables.flatMap((table) => listeningInodes(table, port)).map((inode) => `socket:[${inode}]`));
  const pids = list('/proc').filter((name) => /^\d+$/.test(name));
  const holds = (pid: string): boolean =>
    list(`/proc/${pid}/fd`).some((fd) => sockets.has(linkTarget(`/proc/${pid}/fd/${fd}`)));
  const pid = sockets.size === 0 ? undefined : pids.find(holds);
  return pid === undefined ? undefined : Number(pid);
}

/** The process that listens on a port; undefined if it cannot be known, as when it is another user's. */
async function findListener(port: number): Promise<number | undefined> {
  if (process.platform === 'linux') return listenerFromProc(port);
  const { stdout } = await runProgram('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t']);
  return Number.parseInt(stdout, 10) || undefined;
}

export function portTakenMessage(part: string, port: number, variable: string, pid: number | undefined): string {
  const by = pid === undefined ? 'another process' : `process ${pid}`;
  return `port ${port}, needed for ${part}, is taken by ${by}: end it, or set ${variable} to a free port`;
}

/** Somebody else listens where a part is to: nothing is wrong with the part itself. */
export class PortTakenError extends PartsError {
  override name = 'PortTakenError';
}

/** Throws a PortTakenError that names the port, who has it if that can be known, and the variable that moves the part. */
export async function requireFreePort(part: string, port: number, variable: string): Promise<void> {
  if (await isFree(port)) return;
  throw new PortTakenError(portTakenMessage(part, port, variable, await findListener(port)));
}
