import { describe, expect, it } from 'vitest';
import { bodyFormOf, mediaTypeOf } from './media-type.ts';

describe('mediaTypeOf', () => {
  it.each([
    ['text/event-stream', 'text/event-stream'],
    ['Text/Event-Stream; charset=UTF-8', 'text/event-stream'],
    [' APPLICATION/JSON ;charset=utf-8;x="a;b"', 'application/json'],
    ['text/event-stream, text/event-stream', 'text/event-stream'],
    ['text/event-stream;charset=UTF-8, text/plain', 'text/event-stream'],
    ['\ttext/Event-Stream\t;', 'text/event-stream'],
    ['', ''],
  ])('of %j is %j', (contentType, type) => {
    expect(mediaTypeOf(contentType)).toBe(type);
  });
});

describe('bodyFormOf', () => {
  it.each([
    ['TEXT/EVENT-STREAM', '', 'events'],
    ['text/event-stream, text/event-stream', '', 'events'],
    ['application/x-event-stream', 'data: 1\n\n', 'events'],
    ['text/plain', 'data:1\r\rdata:2\r\r', 'events'],
    ['text/plain', 'retry:10\n\n', 'events'],
    ['', 'data: {"a":1}\n\n', 'events'],
    ['text/plain', '\uFEFF: hello\n\ndata: 1\n\n', 'events'],
    ['application/json', '\r\nevent: ping\r\n\r\n', 'events'],
    ['text/plain', 'data is what we need', 'whole'],
    ['text/plain', 'identity: unknown', 'whole'],
    ['Application/X-NDJSON; charset=utf-8', '{}', 'lines'],
    ['', '{"a":1}\n{"a":2}\n', 'lines'],
    ['text/plain', '{"a":1}\r\n\r\n{"a":2}', 'lines'],
    ['application/json', '{"a":1}\n', 'whole'],
    ['application/json', '{\n  "a": {}\n}', 'whole'],
    ['application/json', '{"a":\n{"b":1}\n}', 'whole'],
    ['application/x-www-form-urlencoded;charset=utf-8', 'a=1', 'form'],
    ['application/JSON', '{"a":1}', 'whole'],
  ])('of %j with %j is %s', (contentType, text, form) => {
    expect(bodyFormOf({ contentType, text })).toBe(form);
  });

  it('is found in a long body without line ends at once', () => {
    expect(bodyFormOf({ contentType: '', text: '{'.repeat(1_000_000) })).toBe('whole');
    expect(bodyFormOf({ contentType: '', text: `{${'}'.repeat(1_000_000)}` })).toBe('whole');
    expect(bodyFormOf({ contentType: '', text: '\n'.repeat(1_000_000) })).toBe('whole');
  });
});
