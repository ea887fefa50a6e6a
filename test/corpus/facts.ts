import { type Exchange, isFailure, type Outcome } from '../../schemas/exchange.ts';
import { clientGot } from './client-got.ts';
import type { Expected, Input } from './input-file.ts';
import { comparisonOf, findingsOf, readingOf, recordedSubject, type Replayed } from './readers.ts';
import { targetOf } from './raw-version.ts';
import type { Played } from './world.ts';

/** One thing that an input came to, and what it was to come to. */
type Fact = readonly [what: string, got: unknown, wanted: unknown];

const outcomeOf = (outcome: Outcome | null, wanted: string): string => {
  if (outcome === null) return 'refused';
  return wanted === 'failed' && isFailure(outcome) ? 'failed' : outcome;
};

const headerIn = (head: string, name: string): string | null => {
  const line = head.split('\r\n').find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line === undefined ? null : Buffer.from(line.slice(name.length + 1).trim(), 'latin1').toString();
};

const targetFacts = ({ expect: { target } }: Input, { sent }: Played, replayed: Replayed | null): Fact[] => {
  if (target === undefined) return [];
  const live: Fact = ['target as the version got it', sent === undefined ? null : targetOf(sent), target];
  return replayed === null ? [live] : [live, ['target of a replay', replayed.target, target]];
};

const subjectFacts = ({ subject: got }: Exchange, { subject }: Expected): Fact[] =>
  subject === undefined ? [] : [['subject', got, recordedSubject(subject)]];

const headerFacts = ({ expect }: Input, { client, sent }: Played): Fact[] => [
  ...Object.entries(expect.sent).map(([name, value]): Fact => [
    `${name} as the version got it`,
    headerIn(sent?.head ?? '', name),
    value,
  ]),
  ...Object.entries(expect.got).map(([name, value]): Fact => [
    `${name} of the answer`,
    client.headers.find(([one]) => one === name)?.[1] ?? null,
    value,
  ]),
];

const MALFORMED = { malformed: true };

const readingFacts = (exchange: Exchange, expect: Expected): Fact[] => {
  const wanted = expect.reading ?? (expect.outcome === 'ok' ? 'answer' : null);
  if (wanted === null) return [];
  const read = readingOf(exchange);
  if (wanted !== 'answer' || read.kind !== 'answer') return [['reading', read.kind, wanted]];
  const { text, refusal, finishReason, calls } = read.answer;
  const called = calls.map(({ kind, name, arguments: args, problem }) =>
    problem === '' ? { kind, name, arguments: args } : MALFORMED,
  );
  return [
    ['calls', called, expect.calls],
    ['refusal', refusal, expect.refusal],
    ...(expect.text === undefined ? [] : [['text', text, expect.text] as const]),
    ...(expect.finish === undefined ? [] : [['finish', finishReason, expect.finish] as const]),
  ];
};

const keptFacts = ({ responseBody: { text } }: Exchange, { keeps, hides }: Expected): Fact[] => [
  ...keeps.map((part): Fact => [`the captured body: ${part}`, text.includes(part) ? 'there' : text, 'there']),
  ...hides.map((part): Fact => [`the captured body: ${part}`, text.includes(part) ? text : 'hidden', 'hidden']),
];

const metricFacts = (exchange: Exchange, { metrics }: Expected): Fact[] => {
  if (Object.keys(metrics).length === 0) return [];
  const findings = findingsOf(exchange);
  return Object.entries(metrics).map(([name, value]) => [name, findings.get(name), value]);
};

/** A replay that is answered the same came to the same: where the outcomes are one, nothing differs. */
const mirrorFacts = ({ expect }: Input, { exchange }: Played, replayed: Replayed | null): Fact[] => {
  if (replayed === null || exchange === null) return [];
  const wanted = expect.mirror ?? expect.outcome;
  const outcome: Fact = ['outcome of a replay', outcomeOf(replayed.outcome, wanted), wanted];
  if (exchange.outcome !== 'ok' || replayed.outcome !== 'ok') return [outcome];
  const { promptTokens, completionTokens } = replayed.usage;
  return [
    outcome,
    ['differences of a replay', comparisonOf(exchange, replayed).differences, []],
    ['usage of a replay', [promptTokens, completionTokens], expect.usage],
  ];
};

export const isReplayed = ({ request, expect }: Input): boolean =>
  request.method === 'POST' && expect.mirror !== 'none' && expect.outcome !== 'refused';

/** What an input came to in all that reads it, beside what it was to come to. */
export const factsOf = (input: Input, played: Played, replayed: Replayed | null): Fact[] => {
  const { expect, answer } = input;
  const { client, exchange } = played;
  return [
    ['outcome', outcomeOf(exchange?.outcome ?? null, expect.outcome), expect.outcome],
    ['status', client.status, expect.status ?? answer.status],
    ['client', clientGot(input, client), expect.client],
    ...headerFacts(input, played),
    ...targetFacts(input, played, replayed),
    ...mirrorFacts(input, played, replayed),
    ...(exchange === null
      ? []
      : [
          ['usage', [exchange.promptTokens, exchange.completionTokens], expect.usage] as const,
          ...subjectFacts(exchange, expect),
          ...metricFacts(exchange, expect),
          ...keptFacts(exchange, expect),
          ...readingFacts(exchange, expect),
        ]),
  ];
};
