import { expect, it } from 'vitest';
import { z } from 'zod';
import { AgentDocument, RolloutDocument } from './documents.ts';
import { IngressPolicy } from './ingress-policy.ts';

const WRONG = ['http://ann:secret@h', 'http://ann@h', 'http://h#part', 'ftp://h', 'nowhere'];

type Schema = { format?: string; [more: string]: unknown };

/** The names under which a document has a URL. */
const urlsIn = (schema: unknown, name = ''): string[] => {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = (schema as Schema).format === 'uri' ? [name] : [];
  const isPart = (key: string): boolean => ['items', 'anyOf', 'allOf', 'oneOf'].includes(key) || /^\d+$/.test(key);
  return [...own, ...Object.entries(schema).flatMap(([key, part]) => urlsIn(part, isPart(key) ? name : key))];
};
const namesOf = (schema: z.ZodType): string[] => [...new Set(urlsIn(z.toJSONSchema(schema, { io: 'input' })))];

const version = { label: 'v1', upstream: 'http://h/v1?a=1' };
const header = { apiVersion: 'coalmine/v1', metadata: { name: 'one' } };
const agent = (upstream: string) => ({
  ...header,
  kind: 'Agent',
  spec: { stable: 'v1', versions: [{ ...version, upstream }] },
});
const identity = (url: string) => ({
  ...header,
  kind: 'Agent',
  spec: { stable: 'v1', versions: [{ ...version, identity: { url } }] },
});
const rollout = (spec: object) => (webhook: string) => ({
  ...header,
  kind: 'Rollout',
  spec: { agent: 'support', notify: { webhook }, ...spec },
});
const policy = (spec: object) => ({ ...header, kind: 'IngressPolicy', spec });
const credential = (origin: string) => policy({ credentials: [{ origin, header: 'a', env: 'A' }] });
const arms = [
  { name: 'stable', version: 'v1', weightPct: 50 },
  { name: 'other', version: 'v2', weightPct: 50 },
];
const smoke = { requests: [{ body: {} }] };

/** Of each kind of document every place of a URL: how to fill it, and what that place is called. */
const PLACES: readonly [string, z.ZodType, (url: string) => unknown][] = [
  ['upstream', AgentDocument, agent],
  ['url', AgentDocument, identity],
  ['webhook', RolloutDocument, rollout({ candidate: 'v2' })],
  ['webhook', RolloutDocument, rollout({ strategy: 'ab', duration: '1h', arms, goal: { metric: 'error_rate' } })],
  ['webhook', RolloutDocument, rollout({ strategy: 'bluegreen', candidate: 'v2', smoke })],
  ['origins', IngressPolicy, (url) => policy({ cors: { origins: [url] } })],
  ['origin', IngressPolicy, credential],
];

it.each(PLACES)('a document’s %s is a URL without a user, a password or a fragment', (_name, schema, documentWith) => {
  expect(schema.safeParse(documentWith('http://h')).error).toBeUndefined();
  for (const url of WRONG) {
    const { error } = schema.safeParse(documentWith(url));
    const told = error?.issues.map(({ message }) => message).join();
    expect(told).toMatch(/user or a password|fragment|no http|Invalid URL/);
    expect(told).not.toContain('secret');
  }
});

it('there is no other place of a URL in a document', () => {
  const places = new Set([AgentDocument, RolloutDocument, IngressPolicy].flatMap(namesOf));
  expect(places).toEqual(new Set(PLACES.map(([name]) => name)));
});
