import { expect, it } from 'vitest';
import { body } from '../schemas/exchange.fixture.ts';
import { readAnswer } from './answer.ts';
import type { Reading } from './reading.ts';

const pointed = (text: string, contentType = 'application/json'): Reading =>
  readAnswer(body(text, contentType), { path: '/agents/helpdesk/answer', answerPath: '/reply' });
const NOTHING: Reading = { kind: 'answer', answer: { text: null, refusal: '', calls: [], finishReason: null } };

it.each([
  ['an empty text', '{"reply":""}'],
  ['null', '{"reply":null}'],
])('an answer with %s at its pointer is an empty answer, plain or streamed', (_, document) => {
  expect(pointed(document)).toEqual(NOTHING);
  expect(pointed(`data: ${document}\n\ndata: ${document}\n\n`, 'text/event-stream')).toEqual(NOTHING);
});

it('an answer without its pointer is unknown, and a told error beside an empty text is an error', () => {
  expect(pointed('{"other":""}').kind).toBe('unknown');
  expect(pointed('{"reply":"","error":{"message":"down"}}').kind).toBe('error');
});
