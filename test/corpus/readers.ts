import { hashedSubject } from '../../ingress/routing/subject.ts';
import { SECRET } from '../../ingress/test/front-door.harness.ts';
import { answersOf } from '../../judge/answers/scorable-answer.ts';
import { createToolCallCheck } from '../../judge/answers/tool-schema.ts';
import { findByRules } from '../../judge/scorers/by-rules.ts';
import { compareAnswers, type Comparison } from '../../mirror/diff.ts';
import type { Answer } from '../../mirror/plan.ts';
import type { SentAnswer } from '../../mirror/replaying.ts';
import { createUpstream } from '../../mirror/upstream.io.ts';
import { type Asked, askedOf, readAnswer } from '../../openai/answer.ts';
import type { Reading } from '../../openai/reading.ts';
import { type Usage, usageOf } from '../../openai/usage.ts';
import { redactedBody } from '../../privacy/redact.ts';
import type { Exchange } from '../../schemas/exchange.ts';
import type { Input } from './input-file.ts';

/** The one place where the corpus meets the readers of the code. */

/** What a replay came to, the tokens that the mirror counts for it, and the target of its request below the version's address. */
export type Replayed = Answer & { usage: Usage; target: string };

const LIMIT_BYTES = 256 * 1024;
const check = createToolCallCheck();

/** What the answer of an exchange says, as the log alone tells. */
export const readingOf = (exchange: Exchange): Reading => readAnswer(exchange.responseBody, askedOf(exchange));

/** What the judge's rules say: null where a metric does not apply. */
export const findingsOf = (exchange: Exchange): ReadonlyMap<string, number | null | 'error'> => {
  const { live } = answersOf({ exchange, shadow: null });
  const findings = findByRules({ answered: live, reference: undefined, check });
  return new Map(
    findings.map(({ metric, status, value }) => [
      metric,
      status === 'error' ? 'error' : status === 'scored' ? value : null,
    ]),
  );
};

type How = { version: string; contentType: string; isStream: boolean; asked: Asked };
type Send = (upstream: string, path: string, body: string, how: How) => Promise<SentAnswer>;

/** How an exchange names whom stickiness follows. */
export const recordedSubject = (subject: string): string => hashedSubject(SECRET.toString('hex'), subject);

/** What of a call's path follows the base URL of its version. */
const pathBelow = (path: string): string => path.replace(/^\/v1(?=[/?])|^\/agents\/[^/?]+/, '');

/** As the mirror gets and keeps it, of an exchange whose bodies are redacted. */
export const replayAt = async (
  upstream: string,
  { path, body }: Input['request'],
  answerPath: string,
  timeoutMs: number,
): Promise<Omit<Replayed, 'target'>> => {
  const asked: Asked = { path, answerPath };
  const how = { version: 'v1', contentType: 'application/json', isStream: false, asked };
  const options = { timeoutMs, limitBytes: LIMIT_BYTES, nowMs: () => performance.now(), credentials: [] };
  const send: Send = createUpstream(options);
  const { end, ...replayed } = await send(upstream, pathBelow(path), body.toString(), how);
  const { responseBody } = replayed;
  const usage = usageOf(end === undefined ? responseBody : { ...responseBody, end }, undefined);
  return { ...replayed, usage, responseBody: redactedBody(responseBody) };
};

export const comparisonOf = (exchange: Exchange, replayed: Answer): Comparison =>
  compareAnswers(exchange, replayed, askedOf(exchange));
