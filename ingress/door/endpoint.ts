import type { Access, AdmissionCall } from '../admission/admission-call.ts';
import type { ClientRequest, Reply, ReplyHeaders, Upload } from '../protocol/client-call.ts';
import { methodNotAllowed, pathNotFound, unavailable } from '../protocol/error-envelope.ts';
import type { ApiError } from '../protocol/error-envelope.ts';

/** Answers a call that its head let in. `upload` is a body that comes in pieces; else `client` has it. */
export type Handle = (client: ClientRequest, call: AdmissionCall, reply: Reply, upload: Upload | null) => void;

export type Endpoint = {
  /** GET stands for HEAD, too. */
  method: 'GET' | 'POST' | 'ANY';
  /** `*` at the end stands for any rest. */
  path: string;
  access: Access;
  /**
   * What becomes of a request's body: there may be none; read whole, up to the policy's limit; or read whole only if it is so short
   * that it is captured anyway, so that another version can get it, and handed on as it comes if not.
   */
  body: 'none' | 'whole' | 'uploaded';
  handle: Handle;
};

/** Answers with an error, and counts it. `close` ends the connection after it. */
export type Refuse = (reply: Reply, error: ApiError, headers?: ReplyHeaders, close?: boolean) => void;

export const JSON_HEADERS: ReplyHeaders = ['content-type', 'application/json'];
export const RETRY_AFTER: ReplyHeaders = ['retry-after', '5'];

export const NO_ROUTING = unavailable(
  'not_ready',
  'The routing views are not known yet: Redis, which has them, could not be read. Try again later.',
);

/** What a request gets whose path is an endpoint's, but not its method; the answer needs an `allow` header. */
export const wrongMethod = ({ method, path }: Endpoint, used: string): ApiError =>
  methodNotAllowed(`${path} takes ${method}, not ${used}.`);

/** What a request gets whose path is no endpoint's. */
export const noEndpoint = (path: string): ApiError =>
  pathNotFound(`There is no ${path} here. Try POST /v1/chat/completions.`);
