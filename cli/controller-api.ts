import { setTimeout as sleep } from 'node:timers/promises';

/** A refusal or failure of the controller, in its own words. */
export class ControllerError extends Error {
  override name = 'ControllerError';
}

export type ControllerApi = {
  apply(document: unknown): Promise<void>;
  abort(rollout: string): Promise<void>;
  rollout(name: string): Promise<unknown>;
};

export const createControllerApi = (url: string): ControllerApi => {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(url + path, {
      method,
      headers: { 'x-coalmine-actor': 'story', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new ControllerError(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
  return {
    apply: async (document) => {
      await call('POST', '/v1/documents', document);
    },
    abort: async (rollout) => {
      await call('POST', `/v1/rollouts/${rollout}/abort`, {});
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
