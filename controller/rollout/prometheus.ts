import { parseJson } from '../../openai/json-value.ts';
import type { PrometheusQuery } from '../../schemas/rollout-check.ts';

/** One question to an address that the operator has named. `path` goes behind the address. */
export type CheckCall = { endpoint: string; path: string; contentType: string; body: string; timeoutMs: number };

/** What came back: an answer to its last byte, or why there is none. */
export type CheckAnswer = { status: number; text: string } | { failure: string };

/** An instant query, POSTed as a form. */
export const prometheusCall = ({ endpoint, query }: PrometheusQuery, timeoutMs: number): CheckCall => ({
  endpoint,
  path: '/api/v1/query',
  contentType: 'application/x-www-form-urlencoded',
  body: new URLSearchParams({ query }).toString(),
  timeoutMs,
});

type Body = { status?: unknown; error?: unknown; data?: { resultType?: unknown; result?: unknown } | null };

/** The number that Prometheus answers; in words, why there is none. */
export const readNumber = (answer: CheckAnswer): number | string => {
  if ('failure' in answer) return answer.failure;
  const { status, text } = answer;
  const body = parseJson(text);
  if (status !== 200) {
    const { error } = typeof body === 'object' && body !== null ? (body as Body) : {};
    return `Prometheus answered ${status}: ${inOneLine(typeof error === 'string' ? error : text)}`;
  }
  if (typeof body !== 'object' || body === null) return `Prometheus answered no JSON: ${inOneLine(text)}`;
  const { status: state, data } = body as Body;
  return state === 'success' && typeof data === 'object' && data !== null
    ? valueIn(data.resultType, data.result)
    : `Prometheus answered no result: ${inOneLine(text)}`;
};

/** The one number of a result; in words, why there is none. */
const valueIn = (type: unknown, result: unknown): number | string => {
  if (type === 'scalar') return numberIn(result);
  if (type !== 'vector' || !Array.isArray(result)) return `the query gives a ${String(type)}; one number is needed`;
  if (result.length === 0) return 'the query gives no series: there are no data';
  if (result.length > 1) return `the query gives ${result.length} series; aggregate them to one`;
  const [series] = result as { value?: unknown }[];
  return numberIn(series?.value);
};

const numberIn = (sample: unknown): number | string => {
  const text: unknown = Array.isArray(sample) ? sample[1] : undefined;
  if (typeof text !== 'string' || text.trim() === '') return 'the query’s result has no value';
  const value = Number(text);
  return Number.isFinite(value)
    ? value
    : `the query gives ${inOneLine(text)}, which is no number to hold against anything`;
};

/** So much of an answer is told. */
const TOLD_CHARS = 300;

/** Anybody's words in one line, and not all of long ones. */
export const inOneLine = (text: string): string => {
  // oxlint-disable-next-line no-control-regex
  const line = text.replaceAll(/[\u0000-\u001f\u007f-\u009f\s]+/gu, ' ').trim();
  return line.length > TOLD_CHARS ? `${line.slice(0, TOLD_CHARS)}…` : line;
};
