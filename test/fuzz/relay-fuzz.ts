import type { Random } from '../../ingress/test/http-abuse.harness.ts';
import { mediaTypeOf } from '../../openai/media-type.ts';
import { clientGot } from '../corpus/client-got.ts';
import type { Header, Input } from '../corpus/input-file.ts';
import { isReplayed } from '../corpus/facts.ts';
import { allInputs } from '../corpus/inputs.ts';
import { readingOf } from '../corpus/readers.ts';
import { type Cuts, startWorld, type World } from '../corpus/world.ts';
import { withLineEnds } from './event-lines.ts';
import { anyCase, cutAnywhere, type Difference, type Fuzzer } from './fuzzer.ts';

/** No answer of these falls silent, however slow the machine is. */
const IDLE_MS = 30_000;
/** A replay costs as much as the rest of a case. */
const REPLAY_ONE_IN = 4;

/** Those whose end is a matter of time, or of which bytes may be lost, do not come out the same each time. */
const isSteady = ({ answer, expect }: Input): boolean => answer.ending === 'whole' && expect.outcome !== 'refused';

const isEvents = (headers: readonly Header[]): boolean =>
  headers.some(([name, value]) => name.toLowerCase() === 'content-type' && mediaTypeOf(value) === 'text/event-stream');

/** Names of header fields and the media type in any letter case. */
const anyCased = (random: Random, headers: readonly Header[]): Header[] =>
  headers.map(([name, value]): Header => {
    const end = value.indexOf(';');
    const type = end < 0 ? value : value.slice(0, end);
    const isType = name.toLowerCase() === 'content-type';
    return [anyCase(random, name), isType ? anyCase(random, type) + value.slice(type.length) : value];
  });

type Variant = { input: Input; hasOtherEnds: boolean };

const variantOf = (random: Random, input: Input): Variant => {
  const { answer } = input;
  const headers = anyCased(random, answer.headers);
  const isPlain = !isEvents(headers) || answer.body.includes('\r') || answer.body.length > 3_000;
  if (isPlain || random.below(2) === 0)
    return { input: { ...input, answer: { ...answer, headers } }, hasOtherEnds: false };
  const text = answer.body.toString('latin1');
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  const body = Buffer.from(withLineEnds(random, lines) + last, 'latin1');
  return { input: { ...input, answer: { ...answer, headers, body } }, hasOtherEnds: true };
};

/** What is the same however the bytes came. */
const summaryOf = async (
  world: World,
  { input, hasOtherEnds }: Variant,
  cuts: Cuts | undefined,
  isMirrored: boolean,
) => {
  const { client, exchange } = await world.play(input, cuts);
  const replayed = isMirrored ? await world.replay(input, cuts) : null;
  return {
    status: client.status,
    client: clientGot(input, client),
    outcome: exchange?.outcome ?? null,
    usage: exchange && [exchange.promptTokens, exchange.completionTokens],
    kept: hasOtherEnds ? null : [exchange?.responseBody.state, exchange?.responseBody.text],
    reading: exchange && readingOf(exchange),
    mirror: replayed && [replayed.outcome, replayed.usage.promptTokens, replayed.usage.completionTokens],
  };
};

const pieced = (random: Random): Cuts => ({
  chunks: (body) => cutAnywhere(random, body),
  writes: (bytes) => cutAnywhere(random, bytes),
});

/** Every answer of the corpus through the whole front door, cut anywhere, in any letter case and with any line ends. */
export const RELAY_FUZZ: Fuzzer = {
  name: 'relay',
  atOnce: 8,
  aTurn: 200,
  // So that nothing that a front door keeps of the past grows.
  freshAfter: 4_000,
  start: async () => {
    const inputs = allInputs().filter(isSteady);
    const world = await startWorld(IDLE_MS);
    return {
      run: async (random): Promise<Difference | null> => {
        const input = random.pick(inputs);
        const variant = variantOf(random, input);
        const isMirrored = isReplayed(input) && random.below(REPLAY_ONE_IN) === 0;
        // Both are cut by chances of their own, drawn in order before anything waits.
        const [whole, cut] = await Promise.all([
          summaryOf(world, { input, hasOtherEnds: variant.hasOtherEnds }, undefined, isMirrored),
          summaryOf(world, variant, pieced(random), isMirrored),
        ]);
        if (JSON.stringify(whole) === JSON.stringify(cut)) return null;
        const { headers, body } = variant.input.answer;
        return {
          what: `${JSON.stringify(cut)} and not ${JSON.stringify(whole)}`,
          made: [input.id, headers, body.toString('latin1')],
        };
      },
      close: () => world.close(),
    };
  },
};
