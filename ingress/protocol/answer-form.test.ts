import { expect, it } from 'vitest';
import { formOfBeginning, toldForm } from './answer-form.ts';

it.each([
  ['text/event-stream', 'events'],
  ['Text/Event-Stream; charset=utf-8', 'events'],
  ['application/x-ndjson', 'lines'],
  ['application/x-www-form-urlencoded', 'form'],
  ['application/json', null],
  ['text/plain', null],
  ['', null],
])('the type %j tells %s', (type, form) => {
  expect(toldForm(type)).toBe(form);
});

it.each([
  ['', 'data: a', 'events'],
  ['', '\uFEFFdata: a', 'events'],
  ['text/plain', ': ping', 'events'],
  ['text/plain', '\n\nevent: x', 'events'],
  ['application/json', 'data: {}', 'events'],
  ['', '', null],
  ['', '\r\n', null],
  ['', 'd', null],
  ['text/plain', 'retry', null],
  ['text/plain', 'dear', 'lines'],
  ['text/plain', '{"a":1', null],
  ['text/plain', '{"a":1}\n', 'lines'],
  ['text/plain', '{\n"a":1}', null],
  ['application/json', '{"a":1}\n', null],
  ['application/json', '{"a":1}\n{"a":2}\n', 'lines'],
  ['application/json', '[1', 'whole'],
  ['text/html', '<html>', 'whole'],
  ['', '<html>', 'whole'],
  ['image/png', 'PNG', 'whole'],
  ['application/json', `{${' '.repeat(2_000)}`, 'whole'],
])('a body of type %j that begins with %j is known to be %s', (type, beginning, form) => {
  expect(formOfBeginning(type, Buffer.from(beginning))).toBe(form);
});
