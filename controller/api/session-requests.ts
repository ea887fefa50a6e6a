import { isOwnOrigin } from '../../schemas/foreign-page.ts';
import { CSRF_HEADER } from '../../schemas/session-api.ts';

type Headers = Record<string, string | string[] | undefined>;

/**
 * Why a request by cookie is refused: a browser sends cookies for whatever page asks. None of another site can set a header of ours,
 * and what changes anything must say besides that it comes from here.
 */
export const whyNotByCookie = (method: string, headers: Headers): string | null => {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'a session is for pages of this origin';
  if (method === 'GET' || method === 'HEAD') return null;
  if (headers[CSRF_HEADER] !== '1') return `a request by cookie that changes anything needs ${CSRF_HEADER}: 1`;
  const isOwn = typeof origin === 'string' && isOwnOrigin(origin, typeof host === 'string' ? host : undefined);
  return isOwn || site === 'same-origin' ? null : 'a request by cookie that changes anything must say where it is from';
};
