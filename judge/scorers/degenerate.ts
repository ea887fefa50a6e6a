import type { ChatMessage, ChatRequest } from '../answers/chat.ts';
import { rate } from '../answers/finding.ts';
import { isOtherLanguage } from './other-language.ts';
import { loopsIn } from './loops.ts';
import { leftoverIn } from './program-leftovers.ts';
import { ruleScorer } from './rule-scorer.ts';
import { withoutThinking } from './shells.ts';
import { type Words, wordsIn } from './word-hashes.ts';

/** Of a longer text its begin and its end are looked at, where loops run. */
const SEEN = { max: 2_000, begin: 600 };
const MAX_CHARACTERS = 64_000;

/** What is not prose repeats itself by its nature, and is in no language: code, tables, addresses. */
const NO_PROSE = /```[^]*?(?:```|$(?![^]))|`[^`\n]{1,200}`|^[ \t]*\|.*$|https?:\S+/gm;
const proseOf = (text: string): string =>
  text.length <= MAX_CHARACTERS && /[`|]|https?:/.test(text) ? text.replaceAll(NO_PROSE, ' ') : text;

const ASKS_TO_REPEAT =
  /repeat|\b(?:\d+|ten|twenty|fifty|hundred|thousand|many)[ -]?(?:x\b|times\b)|over and over|lyrics|chant|mantra|twister|wiederhol|\d+ ?mal\b|répét|\d+ fois|repit|repet|\d+ veces|повтор|繰り返|重复|重複|반복/i;
const BEGINS_JSON = /^\s*[[{]/;

const isLoop = (words: Words, request: ChatRequest | null): boolean =>
  loopsIn(words.hashes) && !(request !== null && ASKS_TO_REPEAT.test(request.lastUserText));

/** Whoever is to work on a text may leave it as it is. */
const WORKS_ON_TEXT =
  /repeat|echo|quot|copy|correct|proofread|rewrit|rephras|paraphras|gramm|spell|edit|format|normali[sz]|transcri|translat|extract|clean|anonymi[sz]|summar|polish|improve|verbatim|say (?:exactly|after)|korrigier|überarbeit|corrig|tradu|übersetz/i;
const LEAST_ECHO = 20;
/** What an echo may have besides: a speaker's name, a tenth of a longer text. */
const MOST_BESIDE = 12;
const MOST_BESIDE_SHARE = 0.1;
const LEAST_SYSTEM = 60;
const SYSTEM_BEGIN = 200;

const isInstruction = ({ role }: ChatMessage): boolean => role === 'system' || role === 'developer';

const isEcho = (text: string, { lastUserText, messages }: ChatRequest): boolean => {
  const [answer, asked] = [text.trim(), lastUserText.trim()];
  const beside = answer.length - asked.length;
  const isOfUser =
    asked.length >= LEAST_ECHO &&
    beside <= Math.max(MOST_BESIDE, asked.length * MOST_BESIDE_SHARE) &&
    answer.includes(asked);
  if (isOfUser) return !messages.some((message) => message.role !== 'tool' && WORKS_ON_TEXT.test(message.text));
  const system = messages.find(isInstruction)?.text.trim() ?? '';
  return system.length >= LEAST_SYSTEM && answer.includes(system.slice(0, SYSTEM_BEGIN));
};

/** What a model does that has lost its way: it is read by rules that look at words alone, so that they know no language well. */
export const degenerate = ruleScorer({
  name: 'degenerate',
  family: 'rate',
  better: 'lower',
  unit: 'ratio',
  source: 'scores',
  definition:
    "1 if the text goes round in a loop (more than half of its runs of three words stood there before, or all of it is said twice), is the user's message or the system prompt again, holds what a program left (a template's or tool call's marks, `{{name}}`, `[object Object]`, characters of another coding, an error or a web page instead of an answer), or is in another script or language than the user writes. Code, tables and JSON may repeat themselves; so may what the request asks to repeat, to work on or to say in a language that it names",
  notApplicable: 'no text',
  needs: ['text'],
  score: ({ text: whole, answered }) => {
    const text = withoutThinking(whole);
    const request = answered.request.ok ? answered.request.value : null;
    const words = wordsIn(proseOf(text), SEEN);
    const isJson = BEGINS_JSON.test(text);
    if (!isJson && isLoop(words, request)) return rate(true, 'the answer goes round in a loop');
    if (request === null) return rate(false, 'the answer goes round in no loop');
    if (isEcho(text, request)) return rate(true, 'the answer says again what it was given');
    const leftover = leftoverIn(proseOf(text), request);
    if (leftover !== null) return rate(true, `the answer holds ${leftover}`);
    const other = isJson ? null : isOtherLanguage(words, request);
    return other === null ? rate(false, 'the answer makes way') : rate(true, other);
  },
});
