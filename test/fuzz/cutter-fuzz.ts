import { createParser } from 'eventsource-parser';
import type { Random } from '../../ingress/test/http-abuse.harness.ts';
import { bodyFormOf } from '../../openai/media-type.ts';
import { allInputs } from '../corpus/inputs.ts';
import { anyEvents, withLineEnds } from './event-lines.ts';
import { cutAnywhere, type Difference, type Fuzzer } from './fuzzer.ts';
import { createCutter } from './cutter.ts';

type Event = { name: string; data: string };

/**
 * The events of a text by the other reader. A CR at its end ends a line at once, which that reader leaves open until it sees
 * what follows: a character that begins a line is put behind it.
 */
const eventsIn = (text: string): Event[] => {
  const events: Event[] = [];
  const parser = createParser({ onEvent: ({ event = '', data }) => events.push({ name: event, data }) });
  parser.feed(text.endsWith('\r') ? `${text}:` : text);
  return events;
};

const isEnd = ({ data }: Event): boolean => data.trim() === '[DONE]';

const isSame = (a: readonly Event[], b: readonly Event[]): boolean => JSON.stringify(a) === JSON.stringify(b);

const streamsOf = (): string[] =>
  allInputs()
    .filter(({ answer: { body } }) => body.length < 3_000)
    .map(({ answer: { headers, body } }) => ({
      contentType: headers.find(([name]) => name === 'content-type')?.[1] ?? '',
      text: body.toString('latin1'),
    }))
    .filter((body) => bodyFormOf(body) === 'events')
    .map(({ text }) => text);

/** Bytes are held as Latin-1, so that a cut within a letter is a cut within it for both. */
const madeOf = (random: Random, streams: readonly string[]): string => {
  if (random.below(2) === 0) return Buffer.from(anyEvents(random)).toString('latin1');
  const text = random.pick(streams);
  return text.includes('\r') ? text : withLineEnds(random, text.split('\n'));
};

/** What is wrong once these pieces came, '' if nothing is. */
const faultIn = (text: string, pieces: readonly Buffer[]): string => {
  const cutter = createCutter();
  let came = '';
  let went = '';
  for (const piece of pieces) {
    came += piece.toString('latin1');
    // A piece's memory is used again once it was pushed.
    const shared = Buffer.from(piece);
    went += cutter.push(shared).toString('latin1');
    shared.fill(0);
    const [all, sent] = [eventsIn(came), eventsIn(went)];
    const end = all.findIndex(isEnd);
    if (cutter.done !== end >= 0) return `it ${cutter.done ? 'sees' : 'misses'} an end after ${JSON.stringify(came)}`;
    const due = end < 0 ? all : all.slice(0, end);
    if (!isSame(sent, due)) return `after ${JSON.stringify(came)} it has sent ${JSON.stringify(went)}`;
    // Whatever comes next must begin an event of its own to who reads what was sent.
    if (!isSame(eventsIn(`${went}data: next\n\n`).slice(sent.length), [{ name: '', data: 'next' }]) && went !== '')
      return `it has sent half an event: ${JSON.stringify(went)}`;
  }
  went += cutter.rest().toString('latin1');
  return went === text ? '' : `other bytes: ${JSON.stringify(went)}`;
};

/** Our cutter of event streams against `eventsource-parser`, however a stream's bytes are cut. */
export const CUTTER_FUZZ: Fuzzer = {
  name: 'cutter',
  atOnce: 1,
  aTurn: 4_000,
  freshAfter: Infinity,
  start: async () => {
    const streams = streamsOf();
    return {
      run: async (random): Promise<Difference | null> => {
        const text = madeOf(random, streams);
        const pieces = cutAnywhere(random, Buffer.from(text, 'latin1'));
        const what = faultIn(text, pieces);
        return what === '' ? null : { what, made: pieces.map((piece) => piece.toString('latin1')) };
      },
      close: async () => {},
    };
  },
};
