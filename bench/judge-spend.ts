import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { parseChatRequest } from '../examples/chat-api/chat-request.ts';
import { seedOf, uniform } from '../examples/chat-api/seeded.ts';
import { judgeServer } from '../examples/judge/judge-server.ts';
import { customerRequest } from '../examples/support/customers.ts';
import { supportServer } from '../examples/support/support-server.ts';
import { readRubrics } from '../judge/questions/rubric-files.io.ts';
import { completionOf, exchangeOf, shadowOf } from '../judge/answers/exchange.fixture.ts';
import { answerPairOf, pairPrompt, readPairReply } from '../judge/questions/pairwise-rubric.ts';
import type { PairVerdict } from '../judge/questions/pairwise.ts';
import type { Prompt } from '../judge/questions/prompt.ts';
import type { Rubric } from '../judge/questions/rubric.ts';
import { rubricMetric } from '../judge/questions/rubric-pointwise.ts';
import { answersOf } from '../judge/answers/scorable-answer.ts';
import type { ScorableAnswer } from '../judge/answers/scorable-answer.ts';
import { type Amount, NOTHING, type Prices, sum } from '../judge/models/spend.ts';
import { createJudgeEvents } from '../judge/events.ts';
import { createModelGate } from '../judge/models/model-gate.ts';
import { createWaits } from '../judge/models/waits.ts';
import { createModelJudge, type ModelJudge } from '../judge/models/model-judge.ts';
import { type ModelMetric, pairwiseMetric, pointwiseMetric } from '../judge/models/model-metrics.ts';
import { systemClock } from '../platform/process/clock.ts';
import { silentLog } from '../platform/process/log.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import { body } from '../schemas/exchange.fixture.ts';

/**
 * What judging shadow pairs costs: calls, tokens and money, in one order and in both, with one judge and with two:
 * `node bench/judge-spend.ts [--pairs 200] [--bias 0.3] [--json]`. With --json the last line is
 * {pairs, bias, ways: [{way, calls, tokens, usd, usdPerPair, escalated, agrees}]}.
 *
 * The real judging code asks the local judge of examples/, which decides by words. The cheap judge is the same one, but for a
 * share (`--bias`) of the questions about pairs, drawn by their text, it names the answer that stands first, as small models do.
 * Otherwise both are of one mind and see no places, so what agrees with the large judge tells of the aggregation alone, not of
 * any model.
 * ESTIMATES: tokens are counted by gpt-tokenizer (o200k_base), and prices are list prices of a large and a small model.
 */
const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '200' },
    bias: { type: 'string', default: '0.3' },
    json: { type: 'boolean', default: false },
  },
});
const wanted = Number(values.pairs);
const bias = Number(values.bias);

const LARGE: Prices = { promptUsdPerMillion: 2.5, completionUsdPerMillion: 10 };
const SMALL: Prices = { promptUsdPerMillion: 0.15, completionUsdPerMillion: 0.6 };
const UNCERTAIN_BAND = 0.2;
const MIN_CONFIDENCE = 0.6;

type Pair = { shadow: ScorableAnswer; live: ScorableAnswer };
type Tally = { calls: number };

const local = judgeServer({ failShare: 0, garbageShare: 0 });
const localReply = ({ messages }: Prompt): string => {
  const reply = local.reply({ messages });
  if (!('answer' in reply)) throw new Error(`the local judge refused: ${reply.failure.message}`);
  return reply.answer.content ?? '';
};
/** Where the cheap judge sees only places, it is as sure as ever. */
const biasedReply = (prompt: Prompt): string => {
  const isPlaceOnly = uniform(seedOf(prompt.messages[1]?.content ?? ''), 'place') < bias;
  const reply = localReply(prompt);
  if (!isPlaceOnly || !reply.includes('"winner"')) return reply;
  return JSON.stringify({ winner: 'first', confidence: 0.9, reason: 'It stands first.', canary: prompt.canary });
};

const newJudge = (model: string, prices: Prices, replyTo: (prompt: Prompt) => string, tally: Tally): ModelJudge => {
  const events = createJudgeEvents(silentLog, createMetrics('bench'));
  const gate = createModelGate({
    clock: systemClock,
    events,
    concurrency: 8,
    requestsPerMinute: Number.POSITIVE_INFINITY,
    waits: createWaits(systemClock),
  });
  const ask = async (prompt: Prompt) => {
    tally.calls += 1;
    const content = replyTo(prompt);
    const promptTokens = prompt.messages.reduce((total, message) => total + countTokens(message.content), 0);
    return { ok: true as const, content, promptTokens, completionTokens: countTokens(content) };
  };
  return createModelJudge({ ask, gate, clock: systemClock, events, model, family: '', prices });
};

/** Support answers to the same requests: the polite version's live, the rude and the kind one's in its shadow by turns. */
const pairsOf = (rubric: Rubric): Pair[] => {
  const behaviours = ['polite', 'rude', 'kind'] as const;
  const [polite, rude, kind] = behaviours.map((behaviour) =>
    supportServer({ version: behaviour, behaviour, latencyScale: 0 }),
  );
  if (!polite || !rude || !kind) throw new Error('there are three versions');
  const pairs: Pair[] = [];
  for (let i = 0; pairs.length < wanted; i += 1) {
    const requestText = JSON.stringify(customerRequest('spend', i).body);
    const asked = parseChatRequest(requestText);
    if (!asked.ok) throw new Error(asked.message);
    const [live, shadow] = [polite, pairs.length % 2 === 0 ? rude : kind].map((server) => {
      const reply = server.reply(asked.request);
      return 'answer' in reply ? completionOf({ content: reply.answer.content }) : completionOf({ content: '' });
    });
    if (!live || !shadow) continue;
    const exchange = exchangeOf({ requestBody: body(requestText), responseBody: live });
    const answers = answersOf({ exchange, shadow: shadowOf({ exchange, responseBody: shadow }) });
    if (!answers.shadow || 'status' in answerPairOf(rubric, answers.shadow, answers.live)) continue;
    pairs.push({ shadow: answers.shadow, live: answers.live });
  }
  return pairs;
};

type Way = { way: string; calls: number; spent: Amount; escalated: number; values: (number | null)[] };

const inStages = async (way: string, metric: ModelMetric, pairs: readonly Pair[], tally: Tally): Promise<Way> => {
  const found: Way = { way, calls: 0, spent: NOTHING, escalated: 0, values: [] };
  for (const { live, shadow } of pairs) {
    const stages = metric.stages(live, shadow);
    for (const [i, stage] of stages.entries()) {
      const result = await stage.run(() => true);
      found.spent = sum(found.spent, result.spent);
      if (!result.isSettled && i < stages.length - 1) found.escalated += 1;
      else {
        const [score] = result.scores;
        const [value, liveValue] = [score?.scored.finding.value ?? null, score?.live?.finding.value ?? null];
        found.values.push(value === null || liveValue === null ? null : Math.sign(value - liveValue));
        break;
      }
    }
  }
  return { ...found, calls: tally.calls };
};

const inOneOrder = async (
  way: string,
  judge: ModelJudge,
  rubric: Rubric,
  pairs: readonly Pair[],
  tally: Tally,
): Promise<Way> => {
  const found: Way = { way, calls: 0, spent: NOTHING, escalated: 0, values: [] };
  const points: Record<PairVerdict['winner'], number> = { first: 1, second: -1, tie: 0 };
  for (const { live, shadow } of pairs) {
    const pair = answerPairOf(rubric, shadow, live);
    if ('status' in pair) continue;
    const prompt = pairPrompt(rubric, pair, 'shadow');
    const { reply, spent } = await judge.ask(rubric.metric, prompt, () => null);
    found.spent = sum(found.spent, spent);
    const verdict = readPairReply(reply ?? '', prompt);
    found.values.push(verdict.ok ? points[verdict.value.winner] : null);
  }
  return { ...found, calls: tally.calls };
};

const example = (name: string): string => fileURLToPath(new URL(`../examples/judge/${name}`, import.meta.url));
const [better, tone] = readRubrics([example('better-answer.yaml'), example('tone.yaml')]);
if (!better || !tone) throw new Error('there are two rubrics');
const pairs = pairsOf(better);

const fresh = () => {
  const tally = { calls: 0 };
  const large = newJudge('large', LARGE, localReply, tally);
  const small = newJudge('small', SMALL, biasedReply, tally);
  const panel = { uncertainBand: UNCERTAIN_BAND, minConfidence: MIN_CONFIDENCE };
  return {
    tally,
    large,
    small,
    one: { ...panel, judges: [large] },
    cheap: { ...panel, judges: [small] },
    cascade: { ...panel, judges: [small, large] },
  };
};
const runs: ((own: ReturnType<typeof fresh>) => Promise<Way>)[] = [
  ({ one, tally }) => inStages('pair, both orders, large judge', pairwiseMetric(better, one), pairs, tally),
  ({ large, tally }) => inOneOrder('pair, one order, large judge', large, better, pairs, tally),
  ({ small, tally }) => inOneOrder('pair, one order, small judge', small, better, pairs, tally),
  ({ cheap, tally }) => inStages('pair, both orders, small judge', pairwiseMetric(better, cheap), pairs, tally),
  ({ cascade, tally }) =>
    inStages('pair, both orders, small then large', pairwiseMetric(better, cascade), pairs, tally),
  ({ one, tally }) => inStages('two scores, large judge', pointwiseMetric(rubricMetric(tone), one), pairs, tally),
  ({ cascade, tally }) =>
    inStages('two scores, small then large', pointwiseMetric(rubricMetric(tone), cascade), pairs, tally),
];
const ways: Way[] = [];
for (const run of runs) ways.push(await run(fresh()));

/** With the large judge's verdict of the same kind, which is the best there is here. */
const agreement = (way: Way): number => {
  const best = ways.find(({ way: name }) => name.includes('large judge') && name.slice(0, 3) === way.way.slice(0, 3));
  const same = way.values.filter((value, i) => value === best?.values[i]).length;
  return same / way.values.length;
};
const rows = ways.map((way) => ({
  way: way.way,
  calls: way.calls,
  tokens: way.spent.tokens,
  usd: way.spent.usd,
  usdPerPair: way.spent.usd / pairs.length,
  escalated: way.escalated / pairs.length,
  agrees: agreement(way),
}));

console.log(`${pairs.length} shadow pairs; the small judge decides ${100 * bias} % of its questions by place alone.`);
console.log(
  'Estimates: tokens by gpt-tokenizer (o200k_base), prices per million 2.50/10 USD (large) and 0.15/0.60 USD (small).',
);
console.table(
  Object.fromEntries(
    rows.map(({ way, calls, tokens, usd, usdPerPair, escalated, agrees }) => [
      way,
      {
        calls,
        'tokens (est.)': tokens,
        'USD (est.)': usd.toFixed(4),
        'USD per 1,000 pairs': (1_000 * usdPerPair).toFixed(3),
        escalated: `${(100 * escalated).toFixed(1)} %`,
        'agrees with large': `${(100 * agrees).toFixed(1)} %`,
      },
    ]),
  ),
);
if (values.json) console.log(JSON.stringify({ pairs: pairs.length, bias, ways: rows }));
