import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestContext } from 'vitest';
import { startFrontDoor, until, viewOf } from '../../ingress/test/front-door.harness.ts';
import type { TestFrontDoor } from '../../ingress/test/front-door.harness.ts';
import { bodyFormOf } from '../../openai/media-type.ts';
import type { Exchange } from '../../schemas/exchange.ts';
import { readingOf } from '../corpus/readers.ts';
import {
  AFTER_TOOL,
  ASK,
  HALF,
  HELLO,
  TOOL,
  TOOL_ARGUMENTS,
  TOOL_RESULT,
  TROUBLE,
  USAGE,
  WEATHER,
} from './agent/script.ts';
import { type ScriptedAgent, startScriptedAgent } from './agent/scripted-agent.ts';
import { type LibraryId, libraryOf } from './libraries.fixture.ts';
import { type Library, raisedBy } from './library.ts';

/** The agent's name; to Anthropic's clients it is a part of the base URL. */
export const AGENT = 'support';

/** Where a library's calls go: the URLs of a front door by API. */
export type Urls = { openai: string; anthropic: string };

/** A library ready to be called, or why it can't be tried here. */
export type Started = { library: Library; stop: () => Promise<void> } | { missing: string };

/** What the front door says of a stream that broke off. */
const CUT_SHORT = 'broke off its answer';
const CANCELLED_WITHIN_MS = 1_000;
const READY_WITHIN_MS = 480_000;
/** Some libraries wait a second before they repeat a call. */
const CASE_WITHIN_MS = 30_000;

const startWorld = async (speaksMessages: boolean): Promise<{ agent: ScriptedAgent; door: TestFrontDoor }> => {
  const agent = await startScriptedAgent();
  const upstream = speaksMessages ? agent.origin : `${agent.origin}/v1`;
  return { agent, door: await startFrontDoor({ views: [viewOf(upstream, upstream, 0)] }) };
};

/**
 * One library against a scripted agent behind a whole front door: every case says once, for all libraries, what a caller gets,
 * what the agent saw, and what was recorded and read of it.
 */
export const describeLibrary = (id: LibraryId, start: (urls: Urls) => Promise<Started>): void => {
  const row = libraryOf(id);
  let world: Awaited<ReturnType<typeof startWorld>>;
  let started: Started = { missing: 'it was not started' };
  beforeAll(async () => {
    world = await startWorld(row.speaks.endsWith('/messages'));
    const { url } = world.door;
    started = await start({ openai: `${url}/v1`, anthropic: `${url}/agents/${AGENT}` });
    if ('missing' in started) process.stderr.write(`SKIPPED: ${row.name} for ${row.language}: ${started.missing}\n`);
  }, READY_WITHIN_MS);
  afterAll(async () => {
    if ('stop' in started) await started.stop();
    await world.door.close();
    await world.agent.close();
  });

  const tried = ({ skip }: TestContext): Library => {
    if ('missing' in started) skip(started.missing);
    return (started as { library: Library }).library;
  };
  const recorded = (asked: string, count: number): Promise<Exchange[]> =>
    until(() => {
      const found = world.door.exchanges().filter(({ requestBody }) => requestBody.text.includes(asked));
      return found.length >= count && found;
    }, `${count} exchanges of "${asked}"`);
  const textRead = (exchange: Exchange): string | null => {
    const reading = readingOf(exchange);
    return reading.kind === 'answer' ? reading.answer.text : null;
  };
  const isStream = ({ responseBody }: Exchange): boolean => bodyFormOf(responseBody) === 'events';
  const used = { promptTokens: USAGE.prompt, completionTokens: USAGE.completion };

  const title = `${row.packages.join(' and ')} for ${row.language} on ${row.speaks}`;
  describe(title, { timeout: CASE_WITHIN_MS }, () => {
    it('gets a plain answer, which is recorded with its tokens and read as it was said', async (context) => {
      expect(await tried(context).plain(ASK.plain)).toBe(HELLO.join(''));
      const [exchange] = await recorded(ASK.plain, 1);
      expect(exchange).toMatchObject({ outcome: 'ok', status: 200, ...used });
      expect([isStream(exchange!), textRead(exchange!)]).toEqual([false, HELLO.join('')]);
    });

    it('gets a stream piece by piece, which is recorded and read as one answer', async (context) => {
      expect(await tried(context).stream(ASK.stream)).toEqual({ pieces: HELLO, raised: null });
      const [exchange] = await recorded(ASK.stream, 1);
      expect(exchange).toMatchObject({ outcome: 'ok', status: 200 });
      expect([isStream(exchange!), textRead(exchange!)]).toEqual([true, HELLO.join('')]);
    });

    it('calls a tool and goes on with its result', async (context) => {
      expect(await tried(context).tools(ASK.tools)).toEqual({
        called: { name: TOOL, arguments: TOOL_ARGUMENTS },
        text: AFTER_TOOL.join(''),
      });
      const exchanges = await recorded(ASK.tools, 2);
      expect(exchanges.map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
      const called = readingOf(exchanges[0]!);
      const calls = called.kind === 'answer' ? called.answer.calls : [];
      expect(calls.map((call) => [call.name, JSON.parse(call.arguments)])).toEqual([[TOOL, TOOL_ARGUMENTS]]);
      expect(JSON.stringify(world.agent.callsFor(ASK.tools)[1]?.body)).toContain(TOOL_RESULT);
    });

    it('gets structured output, parsed by the library', async (context) => {
      expect(await tried(context).structured(ASK.structured)).toEqual(WEATHER);
      const [exchange] = await recorded(ASK.structured, 1);
      expect(JSON.parse(textRead(exchange!) ?? '')).toEqual(WEATHER);
    });

    it('raises what the agent refuses as its own error, and does not repeat it', async (context) => {
      const refused = await tried(context)
        .plain(ASK.refused)
        .then(() => null, raisedBy);
      expect(refused).toMatchObject({ kind: row.raises.refused, status: 400 });
      expect(refused?.message).toContain(TROUBLE);
      expect(world.agent.callsFor(ASK.refused)).toHaveLength(1);
      expect((await recorded(ASK.refused, 1))[0]).toMatchObject({ outcome: 'client_error', status: 400 });
    });

    it('repeats what failed with 503, and each try is an exchange', async (context) => {
      expect(await tried(context).plain(ASK.retried)).toBe(HELLO.join(''));
      expect(world.agent.callsFor(ASK.retried)).toHaveLength(2);
      const exchanges = await recorded(ASK.retried, 2);
      expect(exchanges.map(({ outcome, status }) => [outcome, status])).toEqual([
        ['upstream_error', 503],
        ['ok', 200],
      ]);
    });

    it('raises a stream that breaks off, after what came of it, and does not repeat it', async (context) => {
      const { pieces, raised } = await tried(context).stream(ASK.broken);
      expect(pieces.join('')).toBe(HALF);
      expect(raised).toMatchObject({ kind: row.raises.broken });
      // In an agent's own protocol there is nothing that could be told: the connection is cut.
      if (row.speaks.startsWith('/v1')) expect(raised?.message).toContain(CUT_SHORT);
      expect(world.agent.callsFor(ASK.broken)).toHaveLength(1);
      expect((await recorded(ASK.broken, 1))[0]).toMatchObject({ outcome: 'truncated', status: 200 });
    });

    it('cancels the call upstream when its user leaves in the middle of a stream', async (context) => {
      const leftAtMs = await tried(context).leave(ASK.leave);
      const [call] = world.agent.callsFor(ASK.leave);
      const overAtMs = await until(() => call?.overAtMs, 'the call to be cancelled');
      expect(overAtMs - leftAtMs).toBeLessThan(CANCELLED_WITHIN_MS);
      expect((await recorded(ASK.leave, 1))[0]).toMatchObject({ outcome: 'client_abort', status: 200 });
    });
  });
};
