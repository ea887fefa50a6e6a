import { joinUrl } from '../../openai/base-url.ts';
import type { CheckEndpoints } from '../config.ts';
import type { AskOnce } from './checking.ts';
import { askOnce } from './plain-request.io.ts';

/** An answer has a reason or a number in it; more than this is neither. */
const MAX_ANSWER_BYTES = 65_536;

/**
 * Asks a check's endpoint by POST. Only addresses that the operator has configured are ever called, each with its own credential: a
 * document names one, and can name no other.
 */
export const createCheckSender =
  (endpoints: CheckEndpoints): AskOnce =>
  async ({ endpoint, path, contentType, body, timeoutMs }, signal) => {
    const known = endpoints.get(endpoint);
    if (known === undefined)
      return { failure: `this controller has no check endpoint ${endpoint} (CONTROLLER_CHECK_ENDPOINTS)` };
    const authorization = known.token === null ? {} : { authorization: `Bearer ${known.token}` };
    const url = path === '' ? known.url : joinUrl(known.url, path);
    const headers = { 'content-type': contentType, ...authorization };
    const answer = await askOnce({ url, headers, body, timeoutMs, maxBytes: MAX_ANSWER_BYTES }, signal);
    return 'failure' in answer ? answer : { status: answer.status, text: answer.body.toString() };
  };
