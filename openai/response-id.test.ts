import { describe, expect, it } from 'vitest';
import { responseIdOf } from './response-id.ts';

const plain = (id: unknown, before: object = {}): Buffer =>
  Buffer.from(JSON.stringify({ ...before, id, object: 'response', output: [{ id: 'msg_1', content: [] }] }));
const created = (id: string, before: object = {}): string =>
  `event: response.created\ndata: ${JSON.stringify({ type: 'response.created', response: { ...before, id } })}\n\n`;
const FORMS = [
  'resp_abc-123',
  'resp.v1:eu/west#7',
  '0191c5a0-5d3c-7f0e-8c1d-3f0a5d2b9e11',
  'resp_bGl0ZWxsbTo=.sig~x',
  'a "quoted" \\ id',
  'é✓',
  'r'.repeat(1_024),
];

describe('the id of a response', () => {
  it.each(FORMS)('of any form is read: %s', (id) => {
    expect(responseIdOf(plain(id))).toBe(id);
    expect(responseIdOf(Buffer.from(created(id)))).toBe(id);
    expect(responseIdOf(Buffer.from(created(id).replaceAll('\n', '\r\n')))).toBe(id);
    expect(responseIdOf(Buffer.from(`: ping\n\n${created(id).replace('event: response.created\n', '')}`))).toBe(id);
  });

  it('is the answer’s own, wherever it stands and whatever else has one', () => {
    const before = {
      metadata: { id: 'not this', response: { id: 'nor this' } },
      instructions: '{"id":"nor this one"},"id":"x"',
      tools: [{ id: 't', response: 'id' }, ['id', 'x'], 'id'],
      response: 'id',
    };
    expect(responseIdOf(plain('resp.1', before))).toBe('resp.1');
    expect(responseIdOf(Buffer.from(created('resp.1', before)))).toBe('resp.1');
    expect(responseIdOf(Buffer.from(`\uFEFF \n{ "id" : "resp.1" }`))).toBe('resp.1');
  });

  it('is found behind long instructions, and in an answer of which only the beginning was kept', () => {
    const before = { instructions: 'x'.repeat(50_000), tools: Array.from({ length: 500 }, () => ({ a: [1, {}] })) };
    const whole = plain('resp.1', before);
    expect(responseIdOf(whole)).toBe('resp.1');
    const end = whole.indexOf('"object"');
    expect([responseIdOf(whole.subarray(0, end)), responseIdOf(whole.subarray(0, end - 4))]).toEqual(['resp.1', null]);
    const stream = Buffer.from(created('resp.1', before));
    expect([responseIdOf(stream), responseIdOf(stream.subarray(0, 56_000))]).toEqual(['resp.1', null]);
  });

  it.each([
    plain(7),
    plain(null),
    plain(''),
    plain({ id: 'x' }),
    Buffer.from(''),
    Buffer.from('{'),
    Buffer.from('{"id"'),
    Buffer.from('{"id":"cut o'),
    Buffer.from('["id","x"]'),
    Buffer.from('"id"'),
    Buffer.from('{"output":[{"id":"msg_1"}]}'),
    Buffer.from('{}{"id":"x"}'),
    Buffer.from('<html id="x">'),
    Buffer.from('data: [DONE]\n\n'),
    Buffer.from('data: {"response":null,"id":"x"}\n\n'),
    Buffer.from('data: {"response":{"status":"failed"},"id":"x"}\n\n'),
  ])('is not made up where there is none: %s', (answer) => {
    expect(responseIdOf(answer)).toBeNull();
  });
});
