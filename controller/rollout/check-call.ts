import { parseJson } from '../../openai/json-value.ts';
import type { Check, CheckResult } from '../../schemas/rollout-check.ts';
import { countText, plainText, shareText, strengthText } from '../../schemas/sentence/figures.ts';
import { logExcessE } from '../rules/formulas/excess-rate.ts';
import { type CheckAnswer, type CheckCall, inOneLine, prometheusCall, readNumber } from './prometheus.ts';
import type { Run } from './run.ts';
import { candidateOf, stagesOf } from './strategy.ts';

type Verdict = Pick<CheckResult, 'outcome' | 'reason'>;

/** What a webhook is told: where the rollout stands, in plain facts. */
const factsOf = (agent: string, run: Run, { name }: Check): object => ({
  check: name,
  agent,
  rollout: run.id,
  candidate: candidateOf(run.spec),
  stable: run.stableVersion,
  state: run.state,
  stage: run.stage,
  stages: stagesOf(run.spec).length,
  weightPct: run.weightPct,
  startedAtMs: run.startedAtMs,
  hold: run.hold,
});

/** How a check is asked: a webhook is POSTed the rollout's facts as JSON, Prometheus each of its instant queries as a form. */
export const checkCalls = (agent: string, run: Run, check: Check): CheckCall[] => {
  const { webhook, prometheus, timeout: timeoutMs } = check;
  if (prometheus === undefined) {
    const body = JSON.stringify(factsOf(agent, run, check));
    return [{ endpoint: webhook?.endpoint ?? '', path: '', contentType: 'application/json', body, timeoutMs }];
  }
  const { endpoint } = prometheus;
  return queriesOf(prometheus).map((query) => prometheusCall({ endpoint, query }, timeoutMs));
};

const queriesOf = ({ query, rate }: Prometheus): string[] =>
  rate === undefined ? [query ?? ''] : [rate.bad, rate.total];

/** What the answers to its calls say. Only a plain yes passes; what can't be read is neither yes nor no. */
export const readCheck = ({ prometheus }: Check, answers: readonly CheckAnswer[]): Verdict => {
  const numbers: number[] = [];
  for (const answer of answers) {
    if (prometheus === undefined) return 'failure' in answer ? unanswered(answer.failure) : readWebhook(answer);
    const value = readNumber(answer);
    if (typeof value === 'string') return unanswered(value);
    numbers.push(value);
  }
  const [first = 0, second = 0] = numbers;
  if (prometheus?.rate !== undefined) return boundedRate(prometheus.rate, first, second);
  return prometheus === undefined ? unanswered('it was not asked') : withinLimits(prometheus, first);
};

const unanswered = (reason: string): Verdict => ({ outcome: 'unanswered', reason });

/** 4xx that speak of the asking, not of the rollout: no credential, no such place, too much, too often. */
const NOT_ASKED: ReadonlySet<number> = new Set([401, 403, 404, 405, 407, 408, 411, 413, 414, 415, 429, 431]);

const readWebhook = ({ status, text }: { status: number; text: string }): Verdict => {
  const said = reasonIn(text);
  if (status === 200) return { outcome: 'passed', reason: said };
  const told = `it answered ${status}${said === '' ? '' : `: ${said}`}`;
  const isNo = status >= 400 && status < 500 && !NOT_ASKED.has(status);
  if (isNo) return { outcome: 'failed', reason: said === '' ? `it answered ${status} and gave no reason` : said };
  return unanswered(
    status < 300 ? `${told} (only 200 is a yes)` : status < 400 ? `${told} (no redirect is followed)` : told,
  );
};

/** The reason in a body: a JSON object's `reason`, a JSON string, else the text itself; in one line, and not all of a long one. */
const reasonIn = (text: string): string => {
  const json = parseJson(text);
  const { reason } = typeof json === 'object' && json !== null ? (json as { reason?: unknown }) : {};
  const said = typeof reason === 'string' ? reason : typeof json === 'string' ? json : json === undefined ? text : '';
  return inOneLine(said);
};

type Prometheus = NonNullable<Check['prometheus']>;
const withinLimits = ({ max, min }: Prometheus, value: number): Verdict => {
  const told = `the query gives ${plainText(value)}`;
  if (max !== undefined && value > max) return { outcome: 'failed', reason: `${told}, at most ${max} is allowed` };
  if (min !== undefined && value < min) return { outcome: 'failed', reason: `${told}, at least ${min} is needed` };
  return { outcome: 'passed', reason: told };
};

/** No once the rate is proven above its limit. Nothing counted is no yes. */
const boundedRate = ({ max, alpha }: NonNullable<Prometheus['rate']>, bad: number, total: number): Verdict => {
  // PromQL's `increase` extrapolates, so its counts need not be whole.
  const [x, n] = [Math.round(bad), Math.round(total)];
  if (x < 0 || x > n)
    return unanswered(`the queries give ${plainText(bad)} bad of ${plainText(total)}, which can’t be`);
  if (n === 0) return unanswered('the queries have counted nothing yet');
  const logE = logExcessE(n, x, max);
  const told = `${countText(x)} of ${countText(n)} were bad (${shareText(x / n)}), at most ${shareText(max)} is allowed`;
  const proof = `evidence ${strengthText(logE)} of the ${strengthText(Math.log(1 / alpha))} that prove more`;
  return { outcome: logE >= Math.log(1 / alpha) ? 'failed' : 'passed', reason: `${told} (${proof})` };
};
