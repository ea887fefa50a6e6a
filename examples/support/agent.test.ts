import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseChatRequest } from '../chat-api/chat-request.ts';
import type { ChatRequest } from '../chat-api/chat-request.ts';
import type { Reply } from '../chat-api/chat-server.ts';
import { applyRubric, rubricSpec } from '../judge/rubric.ts';
import { answer, BEHAVIOURS } from './agent.ts';
import type { Behaviour } from './agent.ts';
import { TOOLS } from './customer-tools.ts';
import { customerRequest } from './customers.ts';
import type { CustomerTopic } from './customers.ts';
import { readOrders } from './orders.ts';

const REQUESTS = 1500;
const orders = readOrders();
const tone = z
  .object({ spec: rubricSpec })
  .parse(parse(readFileSync(new URL('../judge/tone.yaml', import.meta.url), 'utf8'))).spec;

const ajv = new Ajv();
const validators = new Map(TOOLS.map((tool) => [tool.function.name, ajv.compile(tool.function.parameters)]));

const asked = Array.from({ length: REQUESTS }, (_, i) => {
  const { topic, body } = customerRequest('agent test', i);
  return { topic, request: requestOf(body) };
});
const measured = new Map(BEHAVIOURS.map((behaviour) => [behaviour, measure(behaviour)]));

describe('the behaviours', () => {
  it('give the same reply to the same request, every time', () => {
    for (const { request } of asked.slice(0, 300)) {
      for (const behaviour of BEHAVIOURS) {
        expect(answer(request, behaviour, orders)).toEqual(answer(request, behaviour, orders));
      }
    }
  });

  it('fail now and then when polite or kind, and several times as often when rude', () => {
    for (const careful of ['polite', 'kind'] as const) {
      expect(of(careful).errorShare).toBeGreaterThan(0.005);
      expect(of(careful).errorShare).toBeLessThan(0.025);
    }
    expect(of('rude').errorShare).toBeGreaterThan(0.06);
    expect(of('rude').errorShare).toBeLessThan(0.11);
  });

  it('write broken tool calls often only when rude', () => {
    expect(of('polite').brokenShare).toBeLessThan(0.03);
    expect(of('kind').brokenShare).toBeLessThan(0.03);
    expect(of('rude').brokenShare).toBeGreaterThan(0.12);
    expect(of('rude').brokenShare).toBeLessThan(0.28);
  });

  it('are told apart by the tone rubric: rude far below, kind no lower than polite', () => {
    expect(of('polite').tone).toBeGreaterThan(4.5);
    expect(of('kind').tone).toBeGreaterThanOrEqual(of('polite').tone);
    expect(of('rude').tone).toBeLessThan(2.5);
  });

  it('are concise when rude or kind', () => {
    expect(of('kind').characters).toBeLessThan(0.85 * of('polite').characters);
    expect(of('rude').characters).toBeLessThan(0.5 * of('kind').characters);
  });

  it('tell the truth about unknown orders and failed tools when polite or kind, and not when rude', () => {
    expect(of('polite').untrue).toBe(0);
    expect(of('kind').untrue).toBe(0);
    expect(of('rude').untrue).toBeGreaterThan(50);
  });
});

it('a question without an order number is answered by asking for it', () => {
  const reply = answer(requestOf({ messages: [{ role: 'user', content: 'where is my order?' }] }), 'polite', orders);
  expect(textOf(reply)).toContain('order number');
});

it('an order is found in whatever case its number is written', () => {
  const [known] = orders.keys();
  const ask = { messages: [{ role: 'user', content: `any news on ${known?.toLowerCase()}` }] };
  expect(textOf(answer(requestOf(ask), 'kind', orders))).toContain(`Your order ${known}`);
});

function of(behaviour: Behaviour): ReturnType<typeof measure> {
  const found = measured.get(behaviour);
  if (found === undefined) throw new Error(`${behaviour} was not measured`);
  return found;
}

function measure(behaviour: Behaviour) {
  const replies = asked.map(({ topic, request }) => ({ topic, request, reply: answer(request, behaviour, orders) }));
  const texts = replies.map(({ reply }) => textOf(reply)).filter((text) => text !== '');
  const calls = replies.flatMap(({ reply }) => ('answer' in reply ? reply.answer.toolCalls : []));
  const scores = texts.map((text) => applyRubric(tone, text).score);
  return {
    errorShare: replies.filter(({ reply }) => 'failure' in reply).length / replies.length,
    brokenShare: calls.filter((call) => !isValid(call.name, call.arguments)).length / calls.length,
    tone: scores.reduce((sum, score) => sum + score, 0) / scores.length,
    characters: texts.reduce((sum, text) => sum + text.length, 0) / texts.length,
    untrue: replies.filter(({ topic, request, reply }) => isUntrue(topic, request, textOf(reply))).length,
  };
}

/** Of an unknown order nothing is known; of a tool that failed nothing is done. */
function isUntrue(topic: CustomerTopic, request: ChatRequest, text: string): boolean {
  if (text === '') return false;
  if (topic === 'unknown_order') return !text.includes('could not find');
  const last = request.messages.at(-1);
  return (
    last?.role === 'tool' &&
    JSON.stringify(last.content).includes('backend_timeout') &&
    !text.includes('did not confirm')
  );
}

function isValid(name: string, text: string): boolean {
  try {
    return validators.get(name)?.(JSON.parse(text)) === true;
  } catch {
    return false;
  }
}

function textOf(reply: Reply): string {
  return 'answer' in reply ? (reply.answer.content ?? '') : '';
}

function requestOf(body: object): ChatRequest {
  const parsed = parseChatRequest(JSON.stringify(body));
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.request;
}
