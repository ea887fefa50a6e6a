import { describe, expect, it } from 'vitest';
import { everythingTo, regressionOf, T0 } from '../../test/alerts.fixture.ts';
import { type AlertMessage, alertMessage } from '../message.ts';
import { outgoingTo } from './table.ts';

/** Any text may be anybody's: long, full of what is escaped, of two units a character. */
const HOSTILE = ['&<>*_~`', '\\*_~`[]()#>!|', '"\\', '\u{1F525}<b>', 'a'].map((part) => part.repeat(9_000));
const messagesOf = (text: string, count: number): AlertMessage[] =>
  Array.from({ length: count }, (_, i) => {
    const more = {
      key: `${i}${text}`,
      summary: text,
      version: text,
      metric: text,
      slice: text,
      agent: text,
      rollout: text,
    };
    const fact = regressionOf('support', more);
    const alert = {
      fact,
      state: 'open',
      openedAtMs: T0,
      endedAtMs: null,
      writtenAtMs: T0,
      acknowledged: null,
    } as const;
    const message = alertMessage({ ...alert, deliveries: [] }, 'opened', 1, 'https://coalmine.example.com');
    return { ...message, title: `No ${i}: ${text}`, link: 'https://coalmine.example.com/#/alerts?agent=support' };
  });
const bodyTo = (receiver: object, messages: readonly AlertMessage[]): string => {
  const [spec] = everythingTo(receiver).document.spec.receivers;
  const sent = outgoingTo(spec!, messages, { secret: 'https://hooks.example.com/1', nowMs: T0 });
  return sent.kind === 'http' ? sent.body : '';
};
/** All texts of a JSON value, by the name of the field that has them. */
const textsIn = (value: unknown, name = ''): [string, string][] =>
  typeof value === 'string'
    ? [[name, value]]
    : typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, part]) => textsIn(part, Array.isArray(value) ? name : key))
      : [];
const longest = (value: unknown, name: string): number =>
  Math.max(0, ...textsIn(value, name).flatMap(([field, text]) => (field === name ? text.length : [])));

const cases = HOSTILE.flatMap((text) =>
  [1, 7, 20].map((count) => [text.slice(0, 7), count, messagesOf(text, count)] as const),
);

describe.each(cases)('a message of %s, %i times', (_, count, messages) => {
  it('is one that Slack takes: 50 blocks, 10 fields of 2,000 characters, 3,000 of a section, 12,000 of all; with each alert', () => {
    const body = JSON.parse(bodyTo({ type: 'slack', secret: 's' }, messages)) as {
      text: string;
      blocks: { text?: { text: string }; fields?: { text: string }[] }[];
    };
    expect(body.text.length).toBeLessThanOrEqual(4_000);
    expect(body.blocks.length).toBeLessThanOrEqual(50);
    for (const { text, fields = [] } of body.blocks) {
      expect(text?.text.length ?? 1).toBeLessThanOrEqual(3_000);
      expect(text?.text.length ?? 1).toBeGreaterThan(0);
      expect(fields.length).toBeLessThanOrEqual(10);
      for (const field of fields) expect(field.text.length).toBeLessThanOrEqual(2_000);
    }
    expect(JSON.stringify(body.blocks).length).toBeLessThanOrEqual(11_000);
    const told = JSON.stringify(body.blocks);
    for (let i = 0; i < count; i++) expect(told).toContain(`No ${i}: `);
  });

  it('is one that a workflow of Teams takes: 28 KB, two bytes a character; with each alert', () => {
    const body = bodyTo({ type: 'teams', secret: 't' }, messages);
    expect(Buffer.byteLength(body, 'utf16le')).toBeLessThanOrEqual(28 * 1_024);
    for (let i = 0; i < count; i++) expect(body).toContain(`No ${i}: `);
  });

  it('is one that PagerDuty takes: its fields are there, of 255 and 1,024 characters, in 512 KB', () => {
    const text = bodyTo({ type: 'pagerduty', secret: 'p' }, messages.slice(0, 1));
    const body = JSON.parse(text) as { dedup_key: string; payload: { summary: string; source: string } };
    expect(body).toMatchObject({
      routing_key: expect.any(String),
      event_action: 'trigger',
      payload: { severity: 'critical', timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]+Z$/) },
      links: [{ href: expect.stringMatching(/^https:/) }],
    });
    expect(body.dedup_key.length).toBeLessThanOrEqual(255);
    expect(body.payload.summary.length).toBeLessThanOrEqual(1_024);
    expect(body.payload.source.length).toBeGreaterThan(0);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(512 * 1_024);
  });

  it('is one that Opsgenie takes, within the limit of each field and of all details, and without HTML', () => {
    const body = JSON.parse(bodyTo({ type: 'opsgenie', secret: 'o' }, messages.slice(0, 1))) as {
      message: string;
      tags: string[];
      details: Record<string, string>;
    };
    for (const [name, most] of Object.entries({
      message: 130,
      alias: 512,
      entity: 512,
      description: 15_000,
      source: 100,
    }))
      expect(longest(body, name), name).toBeLessThanOrEqual(most);
    expect(body.tags.length).toBeLessThanOrEqual(20);
    expect(longest(body, 'tags')).toBeLessThanOrEqual(50);
    expect(Object.entries(body.details).flat().join('').length).toBeLessThanOrEqual(8_000);
    for (const [name, text] of textsIn(body)) if (name !== 'alias') expect(text, name).not.toMatch(/[<>]/);
  });
});

it('what is short is told in full: summary, figures and link of each', () => {
  const messages = messagesOf('short', 3);
  for (const type of ['slack', 'teams'])
    for (const part of ['short', '0.88', 'agent=support'])
      expect(bodyTo({ type, secret: 's' }, messages).split(part).length, `${type} ${part}`).toBeGreaterThan(3);
});
