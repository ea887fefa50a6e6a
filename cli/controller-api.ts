import { setTimeout as sleep } from 'node:timers/promises';

const CALL_TIMEOUT_MS = 15_000;

export type ControllerApi = {
  apply(document: unknown): Promise<void>;
  abort(rollout: string): Promise<void>;
  /** Sends all of the agent's traffic to a version; refused while a rollout is under way. */
  setStable(agent: string, version: string): Promise<void>;
  rollout(name: string): Promise<unknown>;
};

/** Each rejects with the controller’s own words when it refuses. */
export const createControllerApi = (url: string): ControllerApi => {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(url + path, {
      method,
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      headers: { 'x-coalmine-actor': 'story', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
  return {
    apply: async (document) => {
      await call('POST', '/v1/documents', document);
    },
    abort: async (rollout) => {
      await call('POST', `/v1/rollouts/${rollout}/abort`, {});
    },
    setStable: async (agent, version) => {
      await call('POST', `/v1/agents/${agent}/stable`, { version, reason: 'the story begins again' });
    },
    rollout: (name) => call('GET', `/v1/rollouts/${name}`),
  };
};

/** Asks until the answer is defined; throws what it waited for at the time-out. */
export const until = async <T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
  timeoutMs: number,
): Promise<T> => {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const answer = await Promise.resolve(ask()).catch(() => undefined);
    if (answer !== undefined) return answer;
    if (performance.now() > endMs) throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`);
    await sleep(50);
  }
};
