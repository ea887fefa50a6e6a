import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestContext } from 'vitest';
import { startFrontDoor, until, viewOf } from '../../ingress/test/front-door.harness.ts';
import type { FrontDoorOptions, TestFrontDoor } from '../../ingress/test/front-door.harness.ts';
import {
  EMBEDDING,
  RESPONSE_EVENTS,
  startOpenAiVersion,
  WEATHER_ARGUMENTS,
} from '../../ingress/test/openai-version.harness.ts';
import type { OpenAiVersion } from '../../ingress/test/openai-version.harness.ts';
import { findPython } from '../clients/python-environment.ts';

/** The official SDK for Python: conformance.py calls it, and what it saw is judged here. */

type Line = { case: string; got?: unknown; error?: string };
const results = new Map<string, Line>();
const cleanups: (() => Promise<void>)[] = [];
let missing = '';
let v1: OpenAiVersion;
let door: TestFrontDoor;

const frontDoor = async (v2: OpenAiVersion, more: Partial<FrontDoorOptions> = {}): Promise<TestFrontDoor> => {
  const started = await startFrontDoor({ views: [viewOf(v1.url, v2.url, 0)], ...more });
  cleanups.push(started.close);
  return started;
};

const play = async (python: string, urls: Record<string, string>, onLine: (line: Line) => string | undefined) => {
  const script = path.join(import.meta.dirname, 'conformance.py');
  const child = spawn(python, [script, JSON.stringify(urls)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for await (const text of createInterface({ input: child.stdout })) {
    const reply = onLine(JSON.parse(text) as Line);
    if (reply !== undefined) child.stdin.write(reply);
  }
  await ended;
};

beforeAll(async () => {
  const found = await findPython();
  if ('missing' in found) {
    missing = `the Python SDK was not tried: ${found.missing}`;
    process.stderr.write(`SKIPPED: ${missing}\n`);
    return;
  }
  v1 = await startOpenAiVersion('v1');
  const v2 = await startOpenAiVersion('v2');
  cleanups.push(v1.close, v2.close);
  door = await frontDoor(v2);
  const locked = await frontDoor(v2, { policy: { access: { anonymous: null } } });
  let left = 1;
  const verdict = () => ({
    allowed: left-- > 0,
    bucket: 'address:here',
    limit: 1,
    remaining: Math.max(0, left),
    resetMs: 1_500,
    retryAfterMs: 5,
  });
  const limited = await frontDoor(v2, {
    limiter: { take: verdict },
    policy: { access: { anonymous: {} }, limits: { perKey: { requests: 1, per: '1m', burst: 1 } } },
  });
  const urls = { open: `${door.url}/v1`, locked: `${locked.url}/v1`, limited: `${limited.url}/v1` };
  await play(found.python, urls, (line) => {
    results.set(line.case, line);
    if (!line.case.startsWith('ready to switch')) return undefined;
    const isBack = line.case.endsWith('back');
    door.routed(viewOf(v1.url, v2.url, isBack ? 0 : 99, { sequence: isBack ? 5 : 4 }));
    return '\n';
  });
}, 480_000);
afterAll(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const got = (name: string, { skip }: TestContext): unknown => {
  if (missing !== '') skip(missing);
  const line = results.get(name);
  if (line === undefined || line.error !== undefined)
    throw new Error(line?.error ?? `conformance.py did not get to ${name}`);
  return line.got;
};
const HELLO = 'hello from v1';
const OWN = { code: 'own_code', param: 'own_param', type: 'own_type', hasRequestId: true };
const KINDS: Readonly<Record<string, string>> = {
  400: 'BadRequestError',
  401: 'AuthenticationError',
  403: 'PermissionDeniedError',
  404: 'NotFoundError',
  409: 'ConflictError',
  422: 'UnprocessableEntityError',
  429: 'RateLimitError',
  500: 'InternalServerError',
  503: 'InternalServerError',
};

it.for<[string, unknown]>([
  ['chat', { texts: [HELLO, HELLO, HELLO], tokens: 10, sameRequestId: true, version: 'v1' }],
  ['stream with usage', { text: HELLO, usage: [[0, 10]] }],
  ['stream without usage', { text: HELLO, usage: [] }],
  ['stream helper', [HELLO, HELLO]],
  [
    'tools',
    {
      plain: ['tool_calls', WEATHER_ARGUMENTS],
      streamed: ['tool_calls', 'weather', WEATHER_ARGUMENTS],
      answered: HELLO,
    },
  ],
  ['completions', [HELLO, HELLO]],
  ['embeddings', [EMBEDDING, EMBEDDING]],
  [
    'models',
    { list: ['support'], one: 'support', pinned: 'support', missing: { status: 404, code: 'model_not_found' } },
  ],
  ['responses', { plain: HELLO, events: RESPONSE_EVENTS, final: HELLO }],
  ['switch', [HELLO, 'hello from v2', HELLO]],
  [
    'errors',
    {
      own: Object.fromEntries(
        Object.entries(KINDS).map(([status, kind]) => [
          status,
          [false, true].map(() => ({ kind, status: Number(status), ...OWN })),
        ]),
      ),
      bad: { kind: 'BadRequestError', code: 'invalid_request', param: 'model', type: 'invalid_request_error' },
      missing: { kind: 'NotFoundError', code: 'model_not_found', param: 'model' },
      unknown: { kind: 'AuthenticationError', code: 'invalid_api_key' },
      pinned: { kind: 'PermissionDeniedError', code: 'not_permitted' },
    },
  ],
  [
    'broken',
    {
      chat: { kind: 'APIError', code: 'upstream_broken' },
      response: { kind: 'APIError', code: 'upstream_broken' },
      seen: { chat: 1, response: 5 },
    },
  ],
  [
    'retries',
    { texts: Array(5).fill(HELLO), forbidden: { status: 500 }, vanished: { status: 502, code: 'upstream_broken' } },
  ],
  ['limits', { first: ['1'], after: ['1', '0', '1.5s', '5'] }],
  ['feedback', { inLastEvent: true, status: 'accepted' }],
  ['many', [HELLO]],
])('the Python SDK: %s', ([name, wanted], context) => {
  const line = got(name, context);
  if (Array.isArray(wanted)) expect(line).toEqual(wanted);
  else expect(line).toMatchObject(wanted as object);
});

it('the Python SDK: retries reach the version as often as they should', (context) => {
  got('retries', context);
  const calls = (text: string): number => v1.callsFor(text).length;
  expect([408, 409, 429, 500, 503].map((status) => calls(`fail ${status} once`))).toEqual([2, 2, 2, 2, 2]);
  expect([calls('fail 500 for good'), calls('vanish'), calls('limited')]).toEqual([1, 1, 1]);
});

it('the Python SDK: leaving cancels the call upstream within a second', async (context) => {
  const { leftAtMs } = got('leaving', context) as { leftAtMs: number[] };
  const calls = v1.callsFor('hang');
  expect(calls).toHaveLength(2);
  for (const [i, call] of calls.entries()) {
    const overAtMs = await until(() => call.overAtMs, 'the upstream to be cancelled');
    expect(overAtMs - leftAtMs[i]!).toBeLessThan(1_000);
  }
  const aborted = () => door.exchanges().filter(({ outcome }) => outcome === 'client_abort');
  expect(
    (await until(() => aborted().length === 2 && aborted(), 'both exchanges')).map(({ status }) => status).sort(),
  ).toEqual([200, 499]);
});
