import { hash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * The key that signs exchange ids and hashes subjects: of `configured` if given (the same for all ingresses behind one
 * address), else made once and kept in the data folder.
 */
export const loadSecret = (dataDir: string, configured: string | undefined): Buffer => {
  if (configured !== undefined) return hash('sha256', configured, 'buffer');
  const file = path.join(dataDir, 'secret');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const secret = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex');
  if (secret.length !== 32) throw new Error(`${file} does not hold a secret: delete it, or set INGRESS_SECRET`);
  return secret;
};

/** Gives the processes of a pool, each with a folder of its own, the secret that one process alone would have. */
export const shareSecret = (dataDir: string, configured: string | undefined, processes: number): void => {
  // A configured one they find in their environment.
  if (configured !== undefined) return;
  const secret = loadSecret(dataDir, undefined).toString('hex');
  for (let index = 0; index < processes; index++) {
    const folder = path.join(dataDir, String(index));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(path.join(folder, 'secret'), secret, { mode: 0o600 });
  }
};
