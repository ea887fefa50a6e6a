import { createHash } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import {
  judgePrompt,
  MAX_ANSWER_CHARACTERS,
  type ModelReply,
  parseVerdict,
  type Prompt,
  type Rubric,
} from './core/rubric.ts';
import type { Scored } from './core/score-records.ts';
import type { Answered, Finding } from './core/scorers.ts';
import type { JudgeEvents } from './events.ts';

const ATTEMPTS = 3;
const CACHE_ENTRIES = 10_000;
/** After so many calls in a row that came to nothing, the model counts as away for a while. */
const FAILURES_TO_AWAY = 5;
const AWAY_MS = 10_000;

/** Asks the judge model once. Never rejects; ends by itself. */
export type AskModel = (prompt: Prompt) => Promise<ModelReply>;

/** Scores one answer by one rubric. Never rejects. */
export type RubricJudge = (rubric: Rubric, answered: Answered) => Promise<Scored>;

type Options = {
  ask: AskModel;
  clock: Clock;
  events: JudgeEvents;
  modelName: string;
  /** Calls of the model under way at the same time. */
  concurrency: number;
  promptUsdPerMillion: number;
  completionUsdPerMillion: number;
};

type Verdict = { finding: Finding; costUsd: number };

/** Lets `limit` runs be under way at a time; the others wait in order. */
const createGate = (limit: number) => {
  let free = limit;
  const waiting: (() => void)[] = [];
  return async <T>(run: () => Promise<T>): Promise<T> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((enter) => waiting.push(enter));
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
};

/**
 * The judge model behind a gate. A model that fails again and again is left alone for ten seconds at a time; meanwhile
 * every question fails at once, so that a dead model delays no other score.
 */
const createAskGently = ({ ask, clock, events, concurrency }: Options): AskModel => {
  const gate = createGate(concurrency);
  let failuresInRow = 0;
  let awayUntilMs = 0;
  return (prompt) =>
    gate(async () => {
      if (clock.nowMs() < awayUntilMs) {
        events.notAsked();
        return { ok: false, reason: 'the judge model is away', retryAfterMs: null };
      }
      const reply = await ask(prompt);
      failuresInRow = reply.ok ? 0 : failuresInRow + 1;
      if (!reply.ok && failuresInRow >= FAILURES_TO_AWAY) {
        failuresInRow = 0;
        awayUntilMs = clock.nowMs() + AWAY_MS;
        events.modelAway(reply.reason, AWAY_MS);
      }
      return reply;
    });
};

/** Asks until a verdict can be read: three attempts, obeying the model's retry-after. */
const createAsker = (options: Options) => {
  const { clock, events, promptUsdPerMillion, completionUsdPerMillion } = options;
  const askGently = createAskGently(options);
  return async (rubric: Rubric, request: string, answer: string): Promise<Verdict> => {
    const { metric } = rubric;
    const prompt = judgePrompt(rubric, request, answer);
    let costUsd = 0;
    let reason = '';
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const reply = await askGently(prompt);
      if (reply.ok) {
        const { promptTokens, completionTokens } = reply;
        costUsd += (promptTokens * promptUsdPerMillion + completionTokens * completionUsdPerMillion) / 1_000_000;
        const verdict = parseVerdict(rubric, prompt.canary, reply.content);
        events.judged(metric, verdict.ok ? 'scored' : 'unusable', promptTokens + completionTokens);
        ({ reason } = verdict);
        if (verdict.ok) return { finding: { metric, status: 'scored', value: verdict.value, reason }, costUsd };
      } else {
        events.judged(metric, 'no_reply', 0);
        ({ reason } = reply);
        if (reply.retryAfterMs === null) break;
        if (attempt < ATTEMPTS) await clock.sleep(reply.retryAfterMs);
      }
    }
    return { finding: { metric, status: 'error', value: null, reason }, costUsd };
  };
};

const keyOf = (rubric: Rubric, request: string, answer: string): string =>
  createHash('sha256')
    .update(JSON.stringify([rubric.version, request, answer]))
    .digest('base64');

/**
 * A judge by rubric and model. What could not be judged is an error score, so that a missing verdict shows in the coverage
 * and never passes. The same request and answer under the same rubric are asked once: the score that caused the asking
 * carries its cost, those that share the verdict cost nothing.
 */
export const createRubricJudge = (options: Options): RubricJudge => {
  const ask = createAsker(options);
  const cache = new Map<string, Promise<Verdict>>();

  const verdictOf = async (rubric: Rubric, request: string, answer: string): Promise<Verdict> => {
    const key = keyOf(rubric, request, answer);
    const known = cache.get(key);
    if (known) return { finding: (await known).finding, costUsd: 0 };
    const asked = ask(rubric, request, answer);
    cache.set(key, asked);
    const oldest = cache.size > CACHE_ENTRIES ? cache.keys().next().value : undefined;
    if (oldest !== undefined) cache.delete(oldest);
    const verdict = await asked;
    if (verdict.finding.status === 'error') cache.delete(key);
    return verdict;
  };

  return async (rubric, { outcome, request, answer }) => {
    const { metric, version } = rubric;
    const scorer = { scorer: `llm:${options.modelName}`, scorerVersion: version, costUsd: 0 };
    const unasked = (status: 'error' | 'not_applicable', reason: string): Scored => ({
      finding: { metric, status, value: null, reason },
      scorer,
    });
    if (outcome !== 'ok') return unasked('not_applicable', `no whole answer: ${outcome}`);
    if (!answer.ok) return unasked('error', answer.reason);
    if (!request.ok) return unasked('not_applicable', request.reason);
    const { text } = answer.value;
    if (text.trim() === '') return unasked('not_applicable', 'the answer has no text');
    if (text.length > MAX_ANSWER_CHARACTERS)
      return unasked('error', `the answer is too long to be judged: ${text.length} characters`);
    const { finding, costUsd } = await verdictOf(rubric, request.value.lastUserText, text);
    return { finding, scorer: { ...scorer, costUsd } };
  };
};
