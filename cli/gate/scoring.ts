import type { Finding } from '../../judge/answers/finding.ts';
import { answersOf, type ScorableAnswer } from '../../judge/answers/scorable-answer.ts';
import { createToolCallCheck } from '../../judge/answers/tool-schema.ts';
import { findByRules } from '../../judge/scorers/by-rules.ts';
import type { Exchange } from '../../schemas/exchange.ts';
import type { Asked } from './asking.ts';
import type { Check } from './checks.ts';
import { exchangeOf } from './exchange.ts';
import type { Prices } from './prices.ts';
import type { Measured, Value } from './measured.ts';
import { isReply } from './reply.ts';
import type { Target } from './target/target.ts';

/** One answer with what it was found to be. */
export type Scored = {
  asked: Asked;
  /** As the judge is given it; null where there is no answer to look at. */
  exchange: Exchange | null;
  values: Readonly<Record<string, Value>>;
  /** Why, in words, by metric. */
  reasons: Readonly<Record<string, string>>;
};

/** Of what nobody took the time, nothing can be said about time. */
const TIMED: ReadonlySet<string> = new Set(['latency', 'first_token', 'throughput']);
const UNTIMED: Value = { absent: 'error', reason: 'nobody recorded how long the answer took' };

export const valueOfFinding = ({ status, value, reason }: Omit<Finding, 'metric'>): Value => {
  if (status === 'scored' && value !== null) return { value };
  return { absent: status === 'error' ? 'error' : 'not_applicable', reason };
};

type Values = Pick<Scored, 'values' | 'reasons'>;

const byName = (found: readonly { name: string; value: Value; reason: string }[]): Values => ({
  values: Object.fromEntries(found.map(({ name, value }) => [name, value])),
  reasons: Object.fromEntries(found.map(({ name, reason }) => [name, reason])),
});

/**
 * Scores answers by the very rules that score those of users (`judge/scorers`), and by the plan's own checks. What was never answered has no value of
 * anything, so that it counts as not measured.
 */
export const createRuleScoring = (
  agent: string,
  checks: readonly Check[],
  prices: Prices,
  measured?: Target['measured'],
): ((asked: Asked) => Scored) => {
  const check = createToolCallCheck();

  const byRules = (asked: Asked, answered: ScorableAnswer, isTimed: boolean): Values => {
    const { accepted } = asked.of;
    const reference = accepted === undefined ? undefined : { accepted };
    const findings = findByRules({ answered, reference, check }).map(({ metric: name, reason, ...finding }) => ({
      name,
      value: !isTimed && TIMED.has(name) ? UNTIMED : valueOfFinding({ ...finding, reason }),
      reason,
    }));
    const own = checks.map(({ name, valueOf }) => ({ name, value: valueOf(asked.of, answered), reason: '' }));
    return byName([...findings, ...own]);
  };

  return (asked) => {
    const { of, answered } = asked;
    if (!isReply(answered)) return { asked, exchange: null, values: {}, reasons: {} };
    if (measured !== undefined) return { asked, exchange: null, values: measured(of, asked.repeat) ?? {}, reasons: {} };
    const exchange = exchangeOf(agent, of, answered, prices);
    const { live } = answersOf({ exchange, shadow: null });
    return { asked, exchange, ...byRules(asked, live, answered.latencyMs !== null) };
  };
};

/** The shape that statistics are made of. */
export const measuredOf = ({ asked: { of, repeat }, values }: Scored, labels: readonly string[]): Measured => ({
  caseId: of.id,
  cluster: of.session === '' ? of.id : `session ${of.session}`,
  slices: Object.fromEntries(
    labels.flatMap((label) => (of.slices[label] === undefined ? [] : [[label, of.slices[label]]])),
  ),
  repeat,
  values,
});
