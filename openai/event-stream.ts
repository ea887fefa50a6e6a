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
  // The parser looks for both line ends from every line on, which takes the square of the length where one of them is rare.
  const lines = text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text;
  parser.feed(lines.startsWith('\uFEFF') ? lines.slice(1) : lines);
  parser.feed('\n\n');
  return events;
};
