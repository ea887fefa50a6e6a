import type { HeaderList } from './http1-response.ts';
import { headerOf } from './request-headers.ts';

/** Whether an answer of this status to this method has a body at all (RFC 9110, sections 9.3.2 and 15). */
export const mayHaveBody = (method: string, status: number): boolean =>
  method !== 'HEAD' && status !== 204 && status !== 205 && status !== 304;

/**
 * The length that an answer without a body tells: of HEAD and 304 that of the body which they stand for, of 205 none at all in
 * these words, of 204 nothing (RFC 9110, section 8.6). Null: no length is told.
 */
export const toldLength = (status: number, headers: HeaderList): number | null => {
  if (status === 204) return null;
  if (status === 205) return 0;
  const length = headerOf(headers, 'content-length');
  return length === undefined ? null : Number(length);
};
