import { messageOf } from '../../schemas/error-message.ts';
import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '../../platform/process/clock.ts';
import { createNap } from '../../platform/process/nap.ts';
import { IngressPolicy } from '../../schemas/ingress-policy.ts';
import { readPolicy } from './policy-document.ts';
import type { LoadedPolicy } from './policy-document.ts';

const POLL_EVERY_MS = 1_000;
/** A text counts when it stands still for this long, so that a half-written file never does. */
const SETTLE_MS = 100;

/** Without a document: only callers with a key, no limits of number, everything else by default. */
const DEFAULT_POLICY = IngressPolicy.parse({
  apiVersion: 'coalmine/v1',
  kind: 'IngressPolicy',
  metadata: { name: 'default' },
  spec: {},
});

export type PolicyFile = {
  /** The policy in force. */
  current(): LoadedPolicy;
  /** Why the document that is in the file now is not in force; null if it is. */
  lastError(): string | null;
  stop(): Promise<void>;
};

type Options = {
  /** Undefined: the built-in default. */
  file: string | undefined;
  env: NodeJS.ProcessEnv;
  events: {
    policyMissing: () => void;
    policyApplied: (name: string, file: string) => void;
    policyRefused: (file: string, reason: string) => void;
  };
  onChange: (loaded: LoadedPolicy) => void;
  pollEveryMs?: number;
};

const reasonOf = (error: unknown): string => {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'there is no such file';
  return messageOf(error);
};

const textOf = async (file: string): Promise<{ text: string } | { reason: string }> => {
  try {
    return { text: await readFile(file, 'utf8') };
  } catch (error) {
    return { reason: reasonOf(error) };
  }
};

const load = (read: { text: string } | { reason: string }, env: NodeJS.ProcessEnv): LoadedPolicy | string => {
  if ('reason' in read) return read.reason;
  const loaded = readPolicy(read.text, env);
  return 'reasons' in loaded ? loaded.reasons.join('; ') : loaded;
};

const isSame = (a: { text?: string; reason?: string }, b: { text?: string; reason?: string }): boolean =>
  a.text === b.text && a.reason === b.reason;

/** The folder, since editors and Kubernetes put a new file in the old one's place. Without a watch the poll is enough. */
const watchFolder = (file: string, onEvent: () => void): FSWatcher | undefined => {
  try {
    return watch(path.dirname(file), { persistent: false }, onEvent).on('error', () => {});
  } catch {
    return undefined;
  }
};

/**
 * Follows the policy document in a file, YAML or JSON. A bad document at the start throws, with file, path and reason;
 * a later one is refused, and the policy before stays in force.
 */
export const followPolicy = async (options: Options): Promise<PolicyFile> => {
  const { file, env, events, onChange, pollEveryMs = POLL_EVERY_MS } = options;
  if (file === undefined) {
    events.policyMissing();
    const loaded = { policy: DEFAULT_POLICY, credentials: [] };
    onChange(loaded);
    return { current: () => loaded, lastError: () => null, stop: async () => {} };
  }
  let seen = await textOf(file);
  const first = load(seen, env);
  if (typeof first === 'string') throw new Error(`the ingress policy in ${file} is refused: ${first}`);
  let current = first;
  let lastError: string | null = null;
  const apply = (loaded: LoadedPolicy): void => {
    current = loaded;
    events.policyApplied(loaded.policy.metadata.name, file);
    onChange(loaded);
  };
  apply(first);

  const stopping = new AbortController();
  const nap = createNap(systemClock);
  const watcher = watchFolder(file, nap.wake);
  const check = async (): Promise<void> => {
    const read = await textOf(file);
    if (isSame(read, seen)) return;
    await systemClock.sleep(SETTLE_MS, stopping.signal);
    if (stopping.signal.aborted) return;
    if (!isSame(await textOf(file), read)) return nap.wake();
    seen = read;
    const loaded = load(read, env);
    lastError = typeof loaded === 'string' ? loaded : null;
    if (typeof loaded === 'string') events.policyRefused(file, loaded);
    else apply(loaded);
  };
  const follow = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await nap.rest(pollEveryMs);
      await check();
    }
  };
  const following = follow();
  return {
    current: () => current,
    lastError: () => lastError,
    stop: async () => {
      stopping.abort();
      nap.wake();
      watcher?.close();
      await following;
    },
  };
};
