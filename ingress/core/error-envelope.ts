/** A refusal or failure in the form that every OpenAI client knows. */
export type ApiError = {
  status: number;
  type: 'invalid_request_error' | 'api_error' | 'upstream_error';
  code: string;
  message: string;
  param: string | null;
};

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
export const invalidJson = refuse(400, 'invalid_json');
export const badFraming = refuse(400, 'bad_framing');
export const invalidExchangeId = refuse(403, 'invalid_exchange_id');
export const modelNotFound = refuse(404, 'model_not_found');
export const pathNotFound = refuse(404, 'path_not_found');
export const methodNotAllowed = refuse(405, 'method_not_allowed');
export const bodyTooLarge = refuse(413, 'body_too_large');

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

/** `{"error":{"message","type","param","code"}}` */
export const envelopeOf = ({ message, type, param, code }: ApiError): string =>
  JSON.stringify({ error: { message, type, param, code } });
