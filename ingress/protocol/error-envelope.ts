import type { ReplyHeaders } from './client-call.ts';
import type { UpstreamFailure } from './upstream-call.ts';
import { isTimeout } from './upstream-call.ts';

/** A refusal or failure in the form that every OpenAI client knows. */
export type ApiError = {
  status: number;
  type: 'invalid_request_error' | 'rate_limit_error' | 'api_error' | 'upstream_error';
  code: string;
  message: string;
  param: string | null;
};

/** A refusal with the headers that belong to it, such as when to try again. */
export type Refusal = { error: ApiError; headers: ReplyHeaders };

const refuse =
  (status: number, code: string) =>
  (message: string, param: string | null = null): ApiError => ({
    status,
    code,
    message,
    param,
    type: 'invalid_request_error',
  });

export const badRequest = refuse(400, 'invalid_request');
/** Of one field of a body, which begins the sentence. `reason` ends without a full stop. */
export const badRequestAt = (path: string, reason: string): ApiError => badRequest(`${path}: ${reason}.`, path);
export const invalidJson = refuse(400, 'invalid_json');
export const badTarget = refuse(400, 'bad_target');
export const badFraming = refuse(400, 'bad_framing');
export const invalidExchangeId = refuse(403, 'invalid_exchange_id');
export const notPermitted = refuse(403, 'not_permitted');
export const modelNotFound = refuse(404, 'model_not_found');
/** Also of an agent that the caller may not know of. */
export const agentNotFound = (agent: string): ApiError =>
  modelNotFound(`There is no agent ${JSON.stringify(agent)}.`, 'model');
export const pathNotFound = refuse(404, 'path_not_found');
export const methodNotAllowed = refuse(405, 'method_not_allowed');
export const bodyTooLarge = refuse(413, 'body_too_large');
export const badCoding = refuse(400, 'bad_content_encoding');
export const unsupportedCoding = refuse(415, 'unsupported_content_encoding');

export const unavailable = (code: string, message: string): ApiError => ({
  status: 503,
  code,
  message,
  param: null,
  type: 'api_error',
});

export const upstreamFailed = (status: 502 | 504, code: string, message: string): ApiError => ({
  status,
  code,
  message,
  param: null,
  type: 'upstream_error',
});

/** What a client is told when no version gave an answer. */
export const failureError = (failure: UpstreamFailure): ApiError => {
  if (failure.kind === 'overloaded')
    return unavailable(
      'overloaded',
      'The version behind this agent has as many requests as it takes. Try again later.',
    );
  if (isTimeout(failure))
    return upstreamFailed(504, `upstream_${failure.kind}`, 'The version behind this agent did not answer in time.');
  return failure.kind === 'connect'
    ? upstreamFailed(502, 'upstream_unreachable', 'The version behind this agent could not be reached.')
    : upstreamFailed(502, 'upstream_broken', 'The version behind this agent broke off its answer.');
};

/** `{"error":{"message","type","param","code"}}` */
export const envelopeOf = ({ message, type, param, code }: ApiError): string =>
  JSON.stringify({ error: { message, type, param, code } });

export const invalidApiKey = refuse(401, 'invalid_api_key');
export const originNotAllowed = refuse(403, 'origin_not_allowed');
export const hostNotAllowed = refuse(403, 'host_not_allowed');

export const rateLimited = (message: string): ApiError => ({
  status: 429,
  code: 'rate_limit_exceeded',
  message,
  param: null,
  type: 'rate_limit_error',
});
