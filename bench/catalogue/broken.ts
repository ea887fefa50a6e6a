import type { ToolCall } from '../../examples/chat-api/completion.ts';
import type { Broken, Moment, Said } from './candidate.ts';
import { ELSEWHERE, ELABORATIONS, REFUSALS } from './phrases.ts';
import { pickOf, sentencesOf } from './sentences.ts';

/** In so many of its answers something is wrong. */
const inShare =
  (share: number, change: (said: Said, moment: Moment) => Said) =>
  (said: Said, moment: Moment): Said =>
    said.failure === null && moment.draw('is broken') < share ? change(said, moment) : said;

const withText =
  (change: (text: string, moment: Moment) => string) =>
  (said: Said, moment: Moment): Said =>
    said.content === null ? said : { ...said, content: change(said.content, moment) };

const isWrong = (share: number, { draw }: Moment): boolean => draw('is broken') < share;

const cutIn = (text: string, { draw }: Moment): string => {
  const words = text.split(' ');
  return words
    .slice(0, Math.max(2, Math.floor(words.length * (0.4 + 0.4 * draw('how much')))))
    .join(' ')
    .replace(/[.!?]$/, '');
};

const empty = withText((_, { draw }) => pickOf(draw('of what kind'), ['', ' ', '\n\n']));
const HOUR_MS = 3_600_000;
const failed = (said: Said): Said => ({
  ...said,
  failure: {
    status: 500,
    type: 'server_error',
    code: 'internal_error',
    message: 'Internal error',
    latencyMs: said.latencyMs,
  },
});
const renamed = (call: ToolCall): ToolCall => ({ ...call, name: call.name.split('_').toReversed().join('_') });

/** A candidate that its users would notice to be broken. Each is stopped, and its end is put down to one of `metrics`. */
export const BROKEN: readonly Broken[] = [
  {
    kind: 'broken',
    name: 'empty-answers',
    what: 'a fifth of its answers are empty',
    metrics: ['empty_answer'],
    answer: inShare(0.2, empty),
  },
  {
    kind: 'broken',
    name: 'cut-answers',
    what: 'a tenth of its answers stop in mid-sentence, half of them with the stop reason `length`',
    metrics: ['cut_answer'],
    answer: inShare(0.1, (said, moment) => ({
      ...withText(cutIn)(said, moment),
      finishReason: said.content !== null && moment.draw('by length') < 0.5 ? 'length' : null,
    })),
  },
  {
    kind: 'broken',
    name: 'loops',
    what: 'one answer in twenty says its last sentence over and over',
    metrics: ['degenerate'],
    words: (text, moment) =>
      isWrong(0.05, moment) ? `${text} ${`${sentencesOf(text).at(-1)!} `.repeat(15).trim()}` : text,
  },
  {
    kind: 'broken',
    name: 'wrong-language',
    what: 'a tenth of its answers are in Spanish, German or French',
    metrics: ['degenerate'],
    words: (text, moment) =>
      isWrong(0.1, moment)
        ? pickOf(moment.draw('which'), ELSEWHERE).replace('{id}', /ORD-\d+/.exec(text)?.[0] ?? '')
        : text,
  },
  {
    kind: 'broken',
    name: 'wrong-tool-name',
    what: 'a third of its tool calls name a function that does not exist (`order_lookup`)',
    metrics: ['tool_validity'],
    answer: inShare(0.33, (said) => ({ ...said, toolCalls: said.toolCalls.map(renamed) })),
  },
  {
    kind: 'broken',
    name: 'no-tool-calls',
    what: 'calls no tool any more, and says that it will look',
    metrics: ['tool_validity:applies', 'json_validity:applies'],
    answer: (said) =>
      said.toolCalls.length === 0
        ? said
        : {
            ...said,
            toolCalls: [],
            content:
              'Thank you for reaching out, I am happy to help. Let me look into your order right away. Please let me know if there is anything else.',
          },
  },
  {
    kind: 'broken',
    name: 'prose-around-json',
    what: 'where JSON was asked for it stands between two sentences',
    metrics: ['json_validity'],
    answer: withText((text) =>
      text.startsWith('{')
        ? `Sure! Here is the JSON you asked for:\n\n${text}\n\nLet me know if you need anything else.`
        : text,
    ),
  },
  {
    kind: 'broken',
    name: 'three-times-as-long',
    what: 'right, but three times as long',
    metrics: ['length', 'tokens', 'cost'],
    words: (text, { draw }) => {
      let longer = text;
      for (let i = Math.floor(draw('from') * ELABORATIONS.length); longer.length < 3 * text.length; i++)
        longer += ` ${ELABORATIONS[i % ELABORATIONS.length]}`;
      return longer;
    },
  },
  {
    kind: 'broken',
    name: 'slow-tail',
    what: 'one answer in sixteen takes 2 s more',
    metrics: ['latency'],
    answer: inShare(1 / 16, (said) => ({ ...said, latencyMs: said.latencyMs + 2_000 })),
  },
  {
    kind: 'broken',
    name: 'one-topic-fails',
    what: 'answers 500 to everything about cancellations',
    metrics: ['error_rate'],
    answer: (said, { topic }) => (topic === 'cancellation' ? failed(said) : said),
  },
  {
    kind: 'broken',
    name: 'endless-streams',
    what: 'a third of its streams say no more and never end',
    metrics: ['error_rate'],
    answer: (said, moment) => (moment.isStream && isWrong(0.33, moment) ? { ...said, end: 'silent' } : said),
  },
  {
    kind: 'broken',
    name: 'streams-until-the-user-leaves',
    what: 'a third of its streams go on with signs of life until their users leave after half a minute',
    metrics: ['error_rate', 'left_midway'],
    answer: (said, moment) => (moment.isStream && isWrong(0.33, moment) ? { ...said, end: 'left' } : said),
  },
  {
    kind: 'broken',
    name: 'bad-after-an-hour',
    what: 'good in its first hour, then a fifth of its answers are empty',
    metrics: ['empty_answer'],
    answer: (said, moment) => (moment.sinceMs > HOUR_MS ? inShare(0.2, empty)(said, moment) : said),
  },
  {
    kind: 'broken',
    name: 'bad-for-one-slice',
    what: 'good, but to customers with a warranty case, 3 % of all, half of its answers are empty',
    metrics: ['empty_answer'],
    answer: (said, moment) => (moment.topic === 'warranty' ? inShare(0.5, empty)(said, moment) : said),
  },
  {
    kind: 'broken',
    name: 'refusals',
    what: 'declines one harmless question in ten',
    metrics: ['refusal'],
    words: (text, moment) => (isWrong(0.1, moment) ? pickOf(moment.draw('which'), REFUSALS) : text),
  },
  {
    kind: 'broken',
    name: 'card-number',
    what: 'tells a card number in one answer in thirty',
    metrics: ['pii_leak'],
    words: (text, moment) =>
      isWrong(1 / 30, moment) ? `${text} The card we have on file is 4539 1488 0343 6467.` : text,
  },
];
