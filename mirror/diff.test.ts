import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Body, Outcome } from '../schemas/exchange.ts';
import { body } from '../schemas/exchange.fixture.ts';
import { compareAnswers as compare, MAX_DIFFERENCES, MAX_PATH_CHARACTERS, similarityOf } from './diff.ts';

const ok = (responseBody: Body) => ({ status: 200, outcome: 'ok' as Outcome, responseBody });
const json = (value: unknown) => ok(body(JSON.stringify(value)));
const said = (content: string, rest: object = {}) =>
  json({ id: 'chatcmpl-1', choices: [{ message: { content, ...rest }, finish_reason: 'stop' }] });
const calling = (...calls: [name: string, args: string][]) =>
  said('', {
    tool_calls: calls.map(([name, args], i) => ({ id: `c${i}`, function: { name, arguments: args } })),
  });
const callingCustom = (name: string, input: string) =>
  said('', { tool_calls: [{ id: 'c0', type: 'custom', custom: { name, input } }] });
const compareAnswers = (a: Parameters<typeof compare>[0], b: typeof a, path = '/v1/chat/completions') =>
  compare(a, b, { path, answerPath: '' });
const differences = (a: ReturnType<typeof ok>, b: ReturnType<typeof ok>) => compareAnswers(a, b).differences;

describe('two answers', () => {
  it('that say the same do not differ, whatever their ids, usage, order of keys and way of writing numbers', () => {
    expect(compareAnswers(said('Hello'), { ...said('Hello') })).toEqual({ differences: [], similarity: 1 });
    const a = ok(body('{"id":"1","choices":[{"message":{"content":"Hi"}}],"usage":{"prompt_tokens":1}}'));
    const b = ok(body('{"usage":{"prompt_tokens":9},"choices":[{"message":{"content":"Hi"}}],"id":"2"}'));
    expect(differences(a, b)).toEqual([]);
    expect(differences(calling(['f', '{"a":1.0,"b":[1,2]}']), calling(['f', '{"b":[1e0,2],"a":1}']))).toEqual([]);
    expect(differences(said('{"a":1}'), said('{ "a": 1.0 }'))).toEqual([]);
  });

  it('differ in their text as in one field, with its similarity', () => {
    const { differences, similarity } = compareAnswers(said('kitten'), said('sitting'));
    expect(differences).toEqual(['content']);
    expect(similarity).toBeCloseTo(1 - 3 / 7);
  });

  it.each([
    [calling(['f', '{"order_id":1}']), calling(['f', '{"order_id":2}']), ['tool_calls[0].arguments.order_id']],
    [
      calling(['f', '{"a":{"b":[1,2]}}']),
      calling(['f', '{"a":{"b":[1,3,4]}}']),
      ['tool_calls[0].arguments.a.b[1]', 'tool_calls[0].arguments.a.b[2]'],
    ],
    [calling(['f', '{"a":1}']), calling(['f', '{}']), ['tool_calls[0].arguments.a']],
    [calling(['f', '']), calling(['f', '{}']), []],
    [callingCustom('f', ''), callingCustom('f', '{}'), ['tool_calls[0].input']],
    [callingCustom('f', ' '), callingCustom('f', ''), ['tool_calls[0].input']],
    [callingCustom('f', 'ls -a'), callingCustom('f', 'ls -a'), []],
    [callingCustom('f', 'ls -a'), callingCustom('f', 'ls -l'), ['tool_calls[0].input']],
    [callingCustom('f', '{}'), calling(['f', '{}']), ['tool_calls[0].type']],
    [callingCustom('f', ''), calling(['f', '']), ['tool_calls[0].type']],
    [callingCustom('f', 'x'), calling(['g', 'x']), ['tool_calls[0].type']],
    [calling(['f', ' ']), calling(['f', '{"a":1}']), ['tool_calls[0].arguments.a']],
    [
      said('No.', { refusal: '' }),
      json({ choices: [{ message: { refusal: 'No.' }, finish_reason: 'stop' }] }),
      ['refusal'],
    ],
    [calling(['f', '{"a":null}']), calling(['f', '{}']), ['tool_calls[0].arguments.a']],
    [calling(['f', '{"a":1}']), calling(['g', '{"b":1}']), ['tool_calls[0].name']],
    [calling(['f', '{}']), calling(['f', '{}'], ['g', '{}']), ['tool_calls[1]']],
    [calling(['f', '{"a":']), calling(['f', '{"a":1}']), ['tool_calls[0].arguments']],
    [calling(['f', '{"a":"1"}']), calling(['f', '{"a":1}']), ['tool_calls[0].arguments.a']],
    [calling(['f', '{"a b":1}']), calling(['f', '{"a b":2}']), ['tool_calls[0].arguments["a b"]']],
    [said('{"items":[{"price":1}]}'), said('{"items":[{"price":2}]}'), ['content.items[0].price']],
    [said('{"items":[]}'), said('[1]'), ['content']],
    [said('text'), calling(['f', '{}']), ['content', 'tool_calls[0]']],
    [said('text'), ok(body('<html>')), ['body']],
    [json({ data: [{ embedding: [1, 2] }] }), json({ data: [{ embedding: [1, 3] }] }), ['data[0].embedding[1]']],
    [json({ id: 1, model: 'a', data: [] }), json({ id: 2, model: 'b', data: [] }), []],
    [ok(body('plain')), ok(body('other')), ['content']],
  ])('differ field by field: %#', (a, b, paths) => {
    expect(differences(a, b)).toEqual(paths);
    expect(differences(b, a)).toEqual(paths);
  });

  it('differ in outcome and status; of what failed nothing more is compared', () => {
    const failed = { status: 500, outcome: 'upstream_error' as const, responseBody: body('{"error":{"at":1}}') };
    expect(compareAnswers(said('a'), failed)).toEqual({ differences: ['outcome', 'status'], similarity: null });
    expect(compareAnswers(failed, { ...failed, responseBody: body('{"error":{"at":2}}') }).differences).toEqual([]);
    expect(compareAnswers(failed, { ...failed, status: 503 }).differences).toEqual(['status']);
  });

  it('differ in how they ended', () => {
    const cut = json({ choices: [{ message: { content: 'Hel' }, finish_reason: 'length' }] });
    expect(differences(said('Hello'), cut)).toEqual(['finish_reason', 'content']);
  });

  it('are compared alike whether plain or streamed', () => {
    const chunks = [
      { choices: [{ delta: { content: 'Hel' } }] },
      { choices: [{ delta: { content: 'lo' }, finish_reason: 'stop' }] },
    ];
    const stream = `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`;
    expect(compareAnswers(said('Hello'), ok(body(stream, 'text/event-stream')))).toEqual({
      differences: [],
      similarity: 1,
    });
  });

  it('are compared by their path, without its query, and at the pointer of an agent’s own protocol', () => {
    const response = (text: string) =>
      json({ object: 'response', status: 'completed', output: [{ type: 'message', content: text }] });
    expect(compareAnswers(response('a'), response('b'), '/v1/responses?x=1').differences).toEqual(['content']);
    const own = { path: '/agents/helpdesk/answer', answerPath: '/reply' };
    const replied = (reply: string, id: number) => json({ reply, id, trace: id });
    expect(compare(replied('kitten', 1), replied('sitting', 2), own).differences).toEqual(['content']);
    expect(compare(replied('kitten', 1), replied('kitten', 2), own)).toEqual({ differences: [], similarity: 1 });
  });

  it('of responses differ where a custom tool is called with nothing and with an empty object, or by a function call', () => {
    const response = (item: object) => json({ object: 'response', status: 'completed', output: [item] });
    const custom = (input: string) => response({ type: 'custom_tool_call', call_id: 'c', name: 'f', input });
    const call = response({ type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' });
    const of = (a: typeof call, b: typeof call) => compareAnswers(a, b, '/v1/responses').differences;
    expect(of(custom(''), custom('{}'))).toEqual(['tool_calls[0].input']);
    expect(of(custom('{}'), call)).toEqual(['tool_calls[0].type']);
  });

  it('of embeddings are compared number by number', () => {
    const of = (n: number) => json({ data: [{ embedding: [1, n] }] });
    expect(compareAnswers(of(2), of(3), '/v1/embeddings').differences).toEqual(['data[0].embedding[1]']);
  });

  it('that were cut are not compared by what is left of them', () => {
    const cut = ok({ ...body('{"choices":[{"mess'), state: 'truncated' });
    expect(compareAnswers(said('Hello'), cut)).toEqual({ differences: [], similarity: null });
  });

  it('are not alike at all if one of them says nothing', () => {
    for (const empty of [said(''), said(' \n'), json({ choices: [{ message: { content: null } }] })]) {
      expect(compareAnswers(said('text'), empty)).toMatchObject({ similarity: 0 });
      expect(compareAnswers(empty, said('text'))).toMatchObject({ similarity: 0 });
    }
    expect(compareAnswers(said(' '), said('  ')).similarity).toBeNull();
  });

  it('have no similarity if one of them calls a tool in place of a text', () => {
    expect(compareAnswers(said('text'), calling(['f', '{}'])).similarity).toBeNull();
    expect(similarityOf('a', 'b')).toBe(0);
  });

  it('with very many differences tell the first ones, each of bounded length', () => {
    const many = (value: number) =>
      json(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`${'é'.repeat(300)}${i}`, value])));
    const paths = differences(many(1), many(2));
    expect(paths.length).toBeLessThanOrEqual(MAX_DIFFERENCES);
    for (const path of paths) expect(path.length).toBeLessThanOrEqual(MAX_PATH_CHARACTERS);
  });

  it('as deep as can be do no harm', () => {
    const deep = (leaf: string, depth: number) => ok(body(`{"a":${'['.repeat(depth)}${leaf}${']'.repeat(depth)}}`));
    expect(differences(deep('1', 100_000), deep('2', 100_000))).toHaveLength(1);
    expect(differences(deep('1', 100), deep('1', 100))).toEqual([]);
    expect(differences(deep('1', 100), deep('2', 100))).toHaveLength(1);
  });

  it('never differ from themselves, and differ the same way both ways round', () => {
    const answer = fc.json().map((text) => said(text));
    fc.assert(
      fc.property(answer, answer, (a, b) => {
        expect(differences(a, a)).toEqual([]);
        expect(differences(a, b)).toEqual(differences(b, a));
      }),
    );
  });
});

describe('answers in an agent’s own protocol', () => {
  const replied = (reply: unknown, id: number) => ok(body(JSON.stringify({ id, reply })));

  it('are compared by what stands at the agent’s pointer, and by nothing beside it', () => {
    const asked = { path: '/agents/helpdesk/answer', answerPath: '/reply' };
    expect(compare(replied('kitten', 1), replied('kitten', 2), asked)).toEqual({ differences: [], similarity: 1 });
    expect(compare(replied('kitten', 1), replied('sitting', 2), asked).differences).toEqual(['content']);
  });

  it('are compared field by field without one', () => {
    const asked = { path: '/agents/helpdesk/answer', answerPath: '' };
    const { differences, similarity } = compare(replied('kitten', 1), replied('sitting', 1), asked);
    expect({ differences, similarity }).toEqual({ differences: ['reply'], similarity: null });
  });
});
