import { startFrontDoor, until, viewOf } from '../../ingress/test/front-door.harness.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import type { Exchange } from '../../schemas/exchange.ts';
import { callDoor, type GotAnswer } from './call-door.ts';
import type { Input } from './input-file.ts';
import { basePathOf, type GotRequest, type Sending, startRawVersion, targetOf } from './raw-version.ts';
import { type Replayed, replayAt } from './readers.ts';
import { STABLE_ANSWER } from './stable-answer.ts';
import { type Wire, wireOf } from './wire.ts';

/** What became of an input in all that reads it. */
export type Played = {
  client: GotAnswer;
  /** Null where the front door refused the call. */
  exchange: Exchange | null;
  /** The request as the version got it; undefined where it got none. */
  sent: GotRequest | undefined;
};

/** By default a stream of which no more comes is given up after this, and a replay after twice as long. */
const IDLE_MS = 1_500;

/** Agents that speak a protocol of their own: one whose document says where question and answer stand, and one that does not. */
const HELPDESK = { requestPath: '/question', answerPath: '/reply', replay: ['/answer'] };
const answerPathOf = ({ request }: Input): string =>
  request.path.startsWith('/agents/helpdesk/') ? HELPDESK.answerPath : '';

/** What follows the host in the base URL of each agent's version. */
const BASES = { support: '/v1', helpdesk: '', robot: '', azure: '/openai/v1/?api-version=7', pair: '/v1' } as const;
/** Who stands in for the candidate of `pair`. */
const STABLE_KEY = 'stable';

const viewsOf = (origin: string): RoutingView[] => {
  const viewOn = (agent: keyof typeof BASES, more: Partial<RoutingView> = {}): RoutingView =>
    viewOf(origin + BASES[agent], origin + BASES[agent], 0, { agent, ...more });
  return [
    viewOn('support'),
    viewOn('helpdesk', { http: HELPDESK }),
    viewOn('robot'),
    viewOn('azure'),
    viewOf(`${origin}${basePathOf(STABLE_KEY)}/v1`, origin + BASES.pair, 100, { agent: 'pair' }),
  ];
};

/** An agent is named by the path or, of the OpenAI calls, by the model. */
const agentOf = ({ path, body }: Input['request']): keyof typeof BASES => {
  const named = /^\/agents\/([^/?]+)/.exec(path)?.[1] ?? /"model": ?"([^"]*)"/.exec(body.toString())?.[1];
  return Object.hasOwn(BASES, named ?? '') ? (named as keyof typeof BASES) : 'support';
};

const sendingOf = ({ bytes, ending }: Wire, writes: (bytes: Buffer) => readonly Buffer[]): Sending => ({
  writes: writes(bytes),
  afterwards: ending === 'whole' ? 'keep' : ending === 'breaks off' ? 'reset' : 'hang',
});

/** How an answer's bytes are cut: its body into chunks, and the whole into writes. By default it is in one piece. */
export type Cuts = { chunks: (body: Buffer) => readonly Buffer[]; writes: (bytes: Buffer) => readonly Buffer[] };
const UNCUT: Cuts = { chunks: (body) => [body], writes: (bytes) => [bytes] };

/**
 * A version that sends what inputs say, behind a whole front door with the capture policy that is the default (`redacted`).
 * Many inputs may be played at a time.
 */
export const startWorld = async (idleMs = IDLE_MS) => {
  const stable = { headers: [['content-type', 'application/json']], body: Buffer.from(STABLE_ANSWER) } as const;
  const stableWire = wireOf({ status: 200, ending: 'whole', ...stable });
  const sendings = new Map<string, Sending>([[STABLE_KEY, sendingOf(stableWire, UNCUT.writes)]]);
  let played = 0;
  const version = await startRawVersion((key) => sendings.get(key) ?? { writes: [], afterwards: 'reset' });
  const door = await startFrontDoor({
    views: viewsOf(version.origin),
    policy: { defaults: { capture: { mode: 'redacted' }, upstream: { idleTimeout: `${idleMs}ms` } } },
  });
  const found = new Map<string, Exchange>();
  const exchangeOf = (id: string): Promise<Exchange> =>
    until(() => {
      for (const { event } of door.exchangeRecords.splice(0)) if (event !== null) found.set(event.exchangeId, event);
      const exchange = found.get(id);
      found.delete(id);
      return exchange;
    }, 'the exchange');
  const keyFor = (input: Input, cuts: Cuts): string => {
    const key = String((played += 1));
    sendings.set(key, sendingOf(wireOf(input.answer, cuts.chunks), cuts.writes));
    return key;
  };
  return {
    /** Once through the front door. */
    play: async (input: Input, cuts: Cuts = UNCUT): Promise<Played> => {
      const key = keyFor(input, cuts);
      const client = await callDoor(door.url, input.request, key);
      const id = client.headers.find(([name]) => name === 'x-coalmine-exchange-id')?.[1];
      const exchange = id === undefined ? null : await exchangeOf(id);
      sendings.delete(key);
      return { client, exchange, sent: version.taken(key) };
    },
    /** Once through the mirror. */
    replay: async (input: Input, cuts: Cuts = UNCUT): Promise<Replayed> => {
      const key = keyFor(input, cuts);
      const base = `${version.origin}${basePathOf(key)}${BASES[agentOf(input.request)]}`;
      const replayed = await replayAt(base, input.request, answerPathOf(input), 2 * idleMs);
      sendings.delete(key);
      const sent = version.taken(key);
      return { ...replayed, target: sent === undefined ? '' : targetOf(sent).slice(basePathOf(key).length) };
    },
    close: async (): Promise<void> => {
      await door.close();
      await version.close();
    },
  };
};

export type World = Awaited<ReturnType<typeof startWorld>>;
