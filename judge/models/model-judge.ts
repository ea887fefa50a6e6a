import { LRUCache } from 'lru-cache';
import type { Clock } from '../../platform/process/clock.ts';
import { familyOfModel } from '../../openai/model-family.ts';
import { digest, type Prompt, promptText } from '../questions/prompt.ts';
import { replyLimitOf } from './reply-limit.ts';
import { type Amount, amountOf, NOTHING, type Prices, roughTokens, sum } from './spend.ts';
import type { JudgeEvents } from '../events.ts';
import type { CallFailure, MayAsk, ModelGate } from './model-gate.ts';

/** An endpoint that is away or busy is tried so often for one verdict. */
const CALLS = 3;
/** A reply that can't be used is asked for once more. */
const REPLIES = 2;
const CACHE_ENTRIES = 10_000;
/** Verdicts are short; a reply that is not would take the room of many. */
const MAX_KEPT_CHARACTERS = 16_384;

/** What came back of one call of a judge model. Tokens are null where the endpoint does not tell them. */
export type ModelReply = {
  ok: true;
  content: string;
  /** Where it was cut at its limit, which leaves it without content: it had not begun to speak, or it had. */
  cut?: 'in thought' | 'in words';
  promptTokens: number | null;
  completionTokens: number | null;
};

/** Asks a judge model once for a reply of no more than so many tokens. Never rejects; ends by itself. */
export type AskModel = (prompt: Prompt, maxTokens: number) => Promise<ModelReply | CallFailure>;

/** A reply that can be used, or null and the reason; with what the asking came to, which is nothing if it was asked before. */
export type JudgeReply = { reply: string | null; reason: string; spent: Amount };

/** One model as a judge. */
export type ModelJudge = {
  model: string;
  family: string;
  prices: Prices;
  /**
   * `label` names the metric to an operator; `faultOf` says what is wrong with a reply, null if it can be used; `mayAsk` is looked
   * at before each call. Never rejects.
   */
  ask: (
    label: string,
    prompt: Prompt,
    faultOf: (reply: string) => string | null,
    mayAsk?: MayAsk,
  ) => Promise<JudgeReply>;
};

type Options = {
  ask: AskModel;
  gate: ModelGate;
  clock: Clock;
  events: JudgeEvents;
  model: string;
  /** '' to tell it from the name. */
  family: string;
  prices: Prices;
};

type AskArguments = Parameters<ModelJudge['ask']>;

/** At temperature 0 the same prompt would get the same reply. */
const amended = (prompt: Prompt, fault: string): Prompt => {
  const note = `An earlier reply could not be used: ${fault.slice(0, 200)}. Keep to the form exactly.`;
  const [first, ...rest] = prompt.messages;
  if (first?.role !== 'system') return prompt;
  return { ...prompt, messages: [{ ...first, content: `${first.content}\n${note}` }, ...rest] };
};

/** What was not counted is estimated: for nothing it would never end a budget. */
const costOf = (prices: Prices, prompt: Prompt, { content, promptTokens, completionTokens }: ModelReply): Amount =>
  amountOf(prices, promptTokens ?? roughTokens(promptText(prompt)), completionTokens ?? roughTokens(content));

/** No part of a reply is a verdict; null of one that is whole. */
const faultOfCut = ({ cut }: ModelReply, maxTokens: number): string | null =>
  cut === undefined
    ? null
    : `the judge model’s reply was cut at its limit of ${maxTokens} tokens, or at one of its own`;

/**
 * Asks until a reply can be used. The endpoint's wait is the gate's; other pauses are this verdict's alone. A reply that was cut is
 * none; where all of it was thought, the question is asked once more with room for more, which a model that needed it has from then on.
 */
const createRetryingAsk = ({ ask, gate, clock, events, model, prices }: Options) => {
  let thinksLong = false;
  return async (...[label, prompt, faultOf, mayAsk]: AskArguments): Promise<JudgeReply> => {
    const promptTokens = roughTokens(promptText(prompt));
    let hasMoreRoom = thinksLong;
    let spent = NOTHING;
    let reason = '';
    let unusableReplies = 0;
    let lastFault: string | null = null;
    for (let call = 1; call <= CALLS && unusableReplies < REPLIES; call += 1) {
      const asked: Prompt = lastFault === null ? prompt : amended(prompt, lastFault);
      const maxTokens = replyLimitOf(prompt, hasMoreRoom);
      const result: ModelReply | CallFailure = await gate(() => ask(asked, maxTokens), mayAsk);
      if (result.ok) {
        const cost = costOf(prices, prompt, result);
        spent = sum(spent, cost);
        const ofCut = faultOfCut(result, maxTokens);
        const fault: string | null = ofCut ?? faultOf(result.content);
        events.judged(model, label, fault === null ? 'scored' : 'unusable', cost);
        thinksLong ||= hasMoreRoom && ofCut === null;
        if (fault === null) return { reply: result.content, reason: '', spent };
        reason = fault;
        if (ofCut !== null && (result.cut === 'in words' || hasMoreRoom)) break;
        hasMoreRoom ||= ofCut !== null;
        lastFault = ofCut === null ? fault : lastFault;
        unusableReplies += 1;
      } else {
        const cost = result.isPaid ? amountOf(prices, promptTokens, maxTokens) : NOTHING;
        spent = sum(spent, cost);
        events.judged(model, label, 'no_reply', cost);
        ({ reason } = result);
        if (result.retryAfterMs === null) break;
        if (!result.isBusy && call < CALLS) await clock.sleep(result.retryAfterMs);
      }
    }
    return { reply: null, reason, spent };
  };
};

/**
 * A judge that asks the same question once: a live answer costs one call however many shadows are compared with it. Who shares
 * a verdict pays nothing for it. What could not be judged is not kept.
 */
export const createModelJudge = (options: Options): ModelJudge => {
  const { model, prices, events } = options;
  const askAnew = createRetryingAsk(options);
  const cache = new LRUCache<string, Promise<JudgeReply>>({ max: CACHE_ENTRIES });
  return {
    model,
    prices,
    family: options.family || familyOfModel(model),
    ask: async (...asking) => {
      const [, prompt] = asking;
      const key = digest(prompt.messages, 40);
      const known = cache.get(key);
      if (known) {
        events.sharedVerdict(model);
        return { ...(await known), spent: NOTHING };
      }
      const asked = askAnew(...asking);
      cache.set(key, asked);
      const verdict = await asked;
      if (verdict.reply === null || verdict.reply.length > MAX_KEPT_CHARACTERS) cache.delete(key);
      return verdict;
    },
  };
};
