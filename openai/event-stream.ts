import { createParser } from 'eventsource-parser';

/** One event: `name` is '' where the stream gives none, `data` its lines joined by LF. */
export type StreamEvent = { name: string; data: string };

/**
 * The events of a whole text of server-sent events (WHATWG HTML, section 9.2.6): lines end with LF, CR or CRLF; comments,
 * other fields and events without data are left out. A last event without its empty line counts, since proxies trim bodies.
 */
export const eventsOf = (text: string): StreamEvent[] => {
  const events: StreamEvent[] = [];
  const parser = createParser({ onEvent: ({ event = '', data }) => events.push({ name: event, data }) });
  parser.feed(text.replace(/^\uFEFF/, ''));
  parser.feed('\n\n');
  return events;
};

/** The data of each event before the end mark, and whether the mark came. */
export type JoinedStream = { events: readonly string[]; done: boolean };

/** The events' data up to `[DONE]`, OpenAI's mark of the end; what follows it is left out. */
export const joinedStream = (text: string): JoinedStream => {
  const events = eventsOf(text).map(({ data }) => data);
  const end = events.findIndex((data) => data.trim() === '[DONE]');
  return end < 0 ? { events, done: false } : { events: events.slice(0, end), done: true };
};
