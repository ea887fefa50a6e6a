import type { AskIdentity } from '../commands/identifying.ts';
import { askOnce } from './plain-request.io.ts';

const TIMEOUT_MS = 3_000;
/** A page that is longer names no version. */
const MAX_ANSWER_BYTES = 64 * 1_024;

/** GETs what an Agent document names, without a credential; a process that is several versions is told which one is meant. */
export const createIdentityAsker =
  (): AskIdentity =>
  async ({ url, version }, signal) => {
    const headers = { accept: 'application/json, text/plain', 'x-coalmine-version': version };
    const answer = await askOnce({ url, headers, timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES }, signal);
    if ('failure' in answer) return answer;
    const header = (name: string): string | undefined => [answer.headers[name] ?? []].flat()[0];
    return { status: answer.status, header, text: answer.body.toString('utf8') };
  };
