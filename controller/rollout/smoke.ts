import type { BlueGreenSpec } from '../../schemas/documents.ts';
import type { SmokeRequest } from '../../schemas/smoke-request.ts';
import { joinUrl } from '../../openai/base-url.ts';
import { readAnswer, type Asked } from '../../openai/answer.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';

/** One request to a candidate that no user meets yet. */
export type SmokeCall = { url: string; body: string; timeoutMs: number };

/** What came back: an answer to its last byte, or why there is none. */
export type SmokeAnswer =
  | { status: number; contentType: string; text: string; latencyMs: number }
  | { failure: string; latencyMs: number };

/** What the whole check came to, in words for the decision. */
export type SmokeReport = { isPassed: boolean; text: string };

/** So much of an answer stands in the decision. */
const EXCERPT_CHARS = 200;

/**
 * The calls of a smoke check, in order. They go to the upstream that the candidate is registered with and nowhere else;
 * `model` is what the ingress would send there.
 */
export const smokeCalls = (view: RoutingView, { candidate, smoke }: BlueGreenSpec): SmokeCall[] => {
  const version = view.versions.find(({ label }) => label === candidate);
  if (version === undefined) throw new RangeError(`version ${candidate} is not in the routing view of ${view.agent}`);
  const model = version.upstreamModel === '' ? {} : { model: version.upstreamModel };
  return smoke.requests.map(({ path, body }) => ({
    url: joinUrl(version.upstream, path),
    body: JSON.stringify({ model: view.agent, ...body, ...model }),
    timeoutMs: smoke.timeout,
  }));
};

const NO_ANSWER: Readonly<Record<string, string>> = {
  error: 'with an error in its body',
  broken: 'with an answer that is not whole',
  none: 'without an answer',
};

/** Paths are below a version's base URL; the APIs that are known have to be answered in their form. */
const askedOf = (path: string): Asked => ({ path: `/v1${path}`, answerPath: '' });

/** What is wrong with an answer, in words; null if it is as expected. */
export const smokeProblem = ({ path, expect }: SmokeRequest, answer: SmokeAnswer): string | null => {
  if ('failure' in answer) return `no answer: ${answer.failure}`;
  const { status, text, latencyMs } = answer;
  const said = `: ${excerpt(text)}`;
  if (status !== expect.status) return `answered ${status}, expected ${expect.status}${said}`;
  const reading = status < 300 ? readAnswer({ state: 'full', ...answer }, askedOf(path)) : null;
  const lack = reading === null ? undefined : NO_ANSWER[reading.kind];
  if (reading !== null && 'reason' in reading && lack !== undefined)
    return `answered ${status} ${lack} (${reading.reason})${said}`;
  if (expect.contains !== undefined && !text.includes(expect.contains))
    return `the answer does not contain ${JSON.stringify(expect.contains)}${said}`;
  if (expect.maxLatency !== undefined && latencyMs > expect.maxLatency)
    return `took ${Math.ceil(latencyMs)} ms, more than ${expect.maxLatency} ms`;
  return null;
};

const excerpt = (text: string): string =>
  text.length > EXCERPT_CHARS ? `${text.slice(0, EXCERPT_CHARS)}…` : text === '' ? '(nothing)' : text;

/** The check as a whole: passed when every request was answered as expected. Answers end with the first that was not. */
export const smokeReport = (requests: readonly SmokeRequest[], answers: readonly SmokeAnswer[]): SmokeReport => {
  for (const [i, request] of requests.entries()) {
    const answer = answers[i];
    const problem = answer === undefined ? 'was not sent' : smokeProblem(request, answer);
    if (problem !== null)
      return { isPassed: false, text: `request ${i + 1} of ${requests.length}, POST ${request.path}: ${problem}` };
  }
  const latencies = answers.map(({ latencyMs }) => `${Math.round(latencyMs)} ms`).join(', ');
  return {
    isPassed: true,
    text: `${requests.length} of ${requests.length} requests answered as expected (${latencies})`,
  };
};
