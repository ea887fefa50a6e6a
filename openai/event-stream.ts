/** The data of each event before the end mark, and whether the mark came. */
export type JoinedStream = { events: readonly string[]; done: boolean };

/**
 * Reads a whole text of server-sent events (WHATWG HTML, section 9.2.6): lines end with LF, CR or CRLF, an event's `data`
 * lines are joined by LF, comments and other fields are left out. `[DONE]` is OpenAI's mark of the end; what follows it
 * is left out. A last event without its empty line counts, since proxies trim bodies.
 */
export const joinedStream = (text: string): JoinedStream => {
  const events: string[] = [];
  let data: string[] = [];
  for (const line of `${text.replace(/^\uFEFF/, '')}\n\n`.split(/\r\n|\n|\r/)) {
    if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
    else if (line === '' && data.length > 0) {
      const event = data.join('\n');
      if (event.trim() === '[DONE]') return { events, done: true };
      events.push(event);
      data = [];
    }
  }
  return { events, done: false };
};
