import { expect, it } from 'vitest';
import { body } from '../../schemas/exchange.fixture.ts';
import { answerExcerpt, beginningOf, requestExcerpt } from './excerpt.ts';

const of = { path: '/v1/chat/completions' };
const piece = (delta: object): string =>
  `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices: [{ index: 0, delta }] })}\n\n`;

it('a streamed answer is told as its text, piece joined to piece', () => {
  const text = `${piece({ role: 'assistant', content: 'I am ' })}${piece({ content: 'sorry.' })}data: [DONE]\n\n`;
  expect(answerExcerpt({ ...body(text), contentType: 'text/event-stream' }, of).text).toBe('I am sorry.');
});

it('what was asked is the last message of the user; of a body that is none of a chat the body', () => {
  const messages = [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: 'Yes?' },
    { role: 'user', content: 'Where is my order?' },
  ];
  expect(requestExcerpt(body(JSON.stringify({ messages }))).text).toBe('Where is my order?');
  expect(requestExcerpt(body('no JSON')).text).toBe('no JSON');
});

it('in a list stands the beginning, and that there is more', () => {
  expect(beginningOf('short')).toBe('short');
  expect(beginningOf('x'.repeat(200))).toBe(`${'x'.repeat(160)}…`);
});
