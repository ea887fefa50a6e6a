/** On the paths of the OpenAI API path and method are ours: only a body can provoke these. A 400 may be a parameter that this version alone does not take. */
const BY_BODY: ReadonlySet<number> = new Set([413, 415, 422]);
/** Under `/agents/` the client chooses path, method and headers as well. */
const BY_ANYTHING: ReadonlySet<number> = new Set([...BY_BODY, 404, 405, 406, 410, 411, 414, 416, 431]);

/**
 * Whether a status may be the request's own doing, so that any version would have answered so. If stable does, it is no failure of the
 * version that was asked. 400, 401, 403, 408, 409 and 429 are the version's in any case.
 * @param isOwnProtocol of a call under `/agents/`.
 */
export const mayBeProvoked = (status: number, isOwnProtocol: boolean): boolean =>
  (isOwnProtocol ? BY_ANYTHING : BY_BODY).has(status);
