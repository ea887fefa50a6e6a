import { expect, it } from 'vitest';
import { bodyText } from './body-text.ts';

const euro = Buffer.from('€€');

it.each([
  ['a whole text, its byte order mark too', Buffer.from('\uFEFFa€'), false, { state: 'full', text: '\uFEFFa€' }],
  ['nothing', Buffer.alloc(0), false, { state: 'full', text: '' }],
  ['a text cut within a character', euro.subarray(0, 5), true, { state: 'truncated', text: '€' }],
  ['a text that is whole and ends within a character', euro.subarray(0, 5), false, { state: 'hashed', text: '' }],
  ['bytes that are no text', Buffer.from([0x61, 0xff, 0x61]), true, { state: 'hashed', text: '' }],
])('%s', (_, bytes, truncated, expected) => {
  expect(bodyText(bytes, truncated)).toEqual(expected);
});
