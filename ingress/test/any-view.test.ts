import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { contractOf } from '../../platform/kafka/contract.ts';
import { ExchangeRecord } from '../../schemas/exchange.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { ServableView } from '../../schemas/servable-view.ts';
import { createIdSigner, readExchangeId } from '../exchange/exchange-id.ts';
import { RecordBatch, decodeRecord } from '../exchange/journal-record.ts';
import type { RoutedRequest } from '../exchange/live-exchange.ts';
import { claimsOf, journalEntry } from '../exchange/live-exchange.ts';
import { eventOf } from '../journal/publishing.ts';
import type { ClientRequest } from '../protocol/client-call.ts';
import { NO_WISH, planOf, route } from '../routing/route.ts';
import { answerJson, closedAfterEach, completion, SECRET, viewOf } from './front-door.harness.ts';

const PURCHASE = { name: 'purchase', min: 0, max: 1, perExchange: 1 };

/** A view in which every field says something, so that each can say something odd. */
const fullView = (stable: string, candidate: string) => {
  const match = { name: 'm', subjects: ['u1'], groups: ['g'], headers: { 'x-a': ['1'] }, claims: { plan: ['pro'] } };
  const view = viewOf(stable, candidate, 50, {
    flags: [{ key: 'f', version: 'v2', pct: 50, match }],
    rules: {
      betaSubjects: ['u2'],
      beta: [match],
      segments: [{ ...match, groups: [], headers: { 'x-a': ['*'] }, claims: {}, subjects: [] }],
      fallbacks: [[{ version: 'v2', weight: 1 }]],
      fallbackOn: [{ status: 429, retryAfter: true }],
    },
    shadow: { arm: 'candidate', version: 'v2', sharePct: 50, noiseSharePct: 5, maxPerSecond: 5 },
    http: { requestPath: '/q', answerPath: '/a', replay: ['/answer'] },
    judging: { candidatePct: 50, stablePct: 50 },
    slices: [{ label: 'tenant', values: ['acme'] }],
    metrics: [{ name: 'resolved', family: 'rate', better: 'higher', min: 0, max: 1 }],
    events: [PURCHASE],
  });
  return view as unknown as Json;
};

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type Path = (string | number)[];

const ODD: readonly Json[] = [
  '',
  'x'.repeat(256),
  'é'.repeat(200),
  'x'.repeat(70_000),
  'a\r\nb: c',
  '__proto__',
  'http://a b/',
  'http://[::1',
  -1,
  0,
  0.5,
  101,
  2 ** 32,
  2 ** 33,
  9e15,
  1e300,
  1e-320,
  null,
  true,
  [],
  {},
  Array.from({ length: 20_000 }, (_, i) => `s${i}`),
];

/** Every place of a JSON value. */
const pathsOf = (value: Json, at: Path = []): Path[] => {
  if (typeof value !== 'object' || value === null) return [at];
  const children = Object.entries(value).flatMap(([key, child]) =>
    pathsOf(child, [...at, Array.isArray(value) ? Number(key) : key]),
  );
  return at.length === 0 ? children : [at, ...children];
};

/** The same with another value at one place, or so many of what stands there in a list. */
const changed = (value: Json, [step, ...rest]: Path, odd: Json): Json => {
  if (step === undefined) return odd;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item, i) => (i === step ? changed(item, rest, odd) : item));
  return { ...value, [step]: changed(value[step]!, rest, odd) };
};

const EMPTY = { bytes: Buffer.from('{}'), tail: Buffer.alloc(0), sizeBytes: 2, truncated: false, sha256: '' };
const isExchangeRecord = contractOf(ExchangeRecord);

/** All that a request does with a view, up to the record in the topic. */
const serve = (view: RoutingView): void => {
  const plan = planOf(view);
  const headers = new Map([
    ['x-a', '1'],
    ['content-type', 'application/json'],
  ]);
  const client = {
    method: 'POST',
    path: `/agents/${view.agent}/answer`,
    query: '',
    headers,
    body: EMPTY.bytes,
  } as unknown as ClientRequest;
  for (const subject of ['u1', 'u2', 'u3', 'u4']) {
    const chosen = route(plan, { subject, known: subject, headers, groups: ['g'], claims: { plan: 'pro' } }, NO_WISH)!;
    const request: RoutedRequest = {
      client,
      stream: false,
      metadata: { tenant: 'acme' },
      plan,
      route: chosen,
      subject: 's',
      caller: 1,
      vouched: true,
      tellsVersion: true,
      requestId: 'r',
      startedAtMs: 1,
      busy: false,
    };
    const claims = claimsOf(request, chosen.target, 1_700_000_000_000);
    const exchangeId = createIdSigner(SECRET, randomBytes)(claims, 0);
    expect(readExchangeId(SECRET, exchangeId)).toEqual(claims);
    const entry = journalEntry(
      request,
      {
        exchangeId,
        served: chosen.target,
        failed: null,
        wasAsked: true,
        status: 200,
        outcome: 'ok',
        latencyMs: 1,
        firstByteMs: 1,
        contentType: 'application/json',
        upload: null,
        body: EMPTY,
      },
      1_000,
    );
    const batch = new RecordBatch();
    batch.add(entry, 5);
    const decoded = decodeRecord(batch.bytes, 0);
    if (!('record' in decoded)) throw new Error('the journal can not be read back');
    const published = eventOf(decoded.record, 5);
    isExchangeRecord({ source: 's', sequence: 1, timeMs: 5, event: published?.event, tick: null });
    // The bodies have the rest of the megabyte.
    expect(batch.bytes.length).toBeLessThan(16_384);
  }
};

const { upstream, frontDoor } = closedAfterEach();

it('every view that the schema takes serves requests, whatever odd values it is made of', () => {
  const full = fullView('http://127.0.0.1:1/v1', 'http://127.0.0.1:2/v1');
  expect(ServableView.safeParse(full).success).toBe(true);
  for (const at of pathsOf(full))
    for (const odd of ODD) {
      const parsed = ServableView.safeParse(changed(full, at, odd));
      if (parsed.success) serve(parsed.data);
    }
  const place = fc.constantFrom(...pathsOf(full));
  const change = fc.record({ place, odd: fc.oneof(fc.constantFrom(...ODD), fc.jsonValue() as fc.Arbitrary<Json>) });
  let served = 0;
  const property = fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
    const parsed = ServableView.safeParse(changes.reduce((view, { place: at, odd }) => changed(view, at, odd), full));
    if (!parsed.success) return;
    served += 1;
    serve(parsed.data);
  });
  fc.assert(property, { numRuns: 1_000 });
  expect(served).toBeGreaterThan(20);
});

it.each<[string, Json]>([
  ['more of them than a document may declare', Array.from({ length: 21 }, (_, i) => ({ ...PURCHASE, name: `e${i}` }))],
  ['a name of 49 characters', [{ ...PURCHASE, name: 'e'.repeat(49) }]],
  ['a value that no client may report', [{ ...PURCHASE, max: 1e7 }]],
  ['more of one exchange than a client may report', [{ ...PURCHASE, perExchange: 17 }]],
])('a view’s events with %s are not taken', (_, events) => {
  expect(ServableView.safeParse(changed(fullView('http://a/v1', 'http://b/v1'), ['events'], events)).success).toBe(
    false,
  );
});

it('a front door goes on over every odd view that is offered: it answers, or keeps the view before', async () => {
  const v1 = await upstream((res) => answerJson(res, completion('hi')));
  const full = fullView(v1.url, v1.url);
  const first = ServableView.parse(full);
  const door = await frontDoor({ views: [first] });
  const ask = (path: string) =>
    fetch(`${door.url}${path}`, {
      method: 'POST',
      headers: { 'x-a': '1' },
      body: JSON.stringify({ model: 'support', user: 'u3', messages: [], metadata: { tenant: 'acme' } }),
    });
  for (const at of pathsOf(full))
    for (const odd of ['x'.repeat(256), 'é'.repeat(200), 'http://[::1', 0, 2 ** 33, 1e300]) {
      const parsed = ServableView.safeParse(changed(full, at, odd));
      if (!parsed.success || parsed.data.agent !== 'support') continue;
      door.routed(parsed.data);
      for (const path of ['/v1/chat/completions', '/agents/support/answer']) {
        const response = await ask(path);
        await response.arrayBuffer();
        expect([path, at.join('.'), response.status < 600]).toEqual([path, at.join('.'), true]);
      }
    }
  door.routed(first);
  expect((await ask('/v1/chat/completions')).status).toBe(200);
});
