const AFTER_TYPE = /[;,]/;

/**
 * A media type without its parameters, in lower case, as it is compared (RFC 9110, section 8.3.1); '' where none was told. Of a
 * header that came twice, which proxies join by a comma, the first.
 */
export const mediaTypeOf = (contentType: string): string => {
  const end = contentType.search(AFTER_TYPE);
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
};

/** How a body is cut into what it says: server-sent events, a JSON document a line, a form, or one whole. */
export type BodyForm = 'events' | 'lines' | 'form' | 'whole';

const OF_TYPE: ReadonlyMap<string, BodyForm> = new Map([
  ['text/event-stream', 'events'],
  ['application/x-ndjson', 'lines'],
  ['application/ndjson', 'lines'],
  ['application/jsonl', 'lines'],
  ['application/x-jsonl', 'lines'],
  ['application/jsonlines', 'lines'],
  ['application/json-lines', 'lines'],
  ['application/stream+json', 'lines'],
  ['application/json-seq', 'lines'],
  ['application/x-www-form-urlencoded', 'form'],
]);

/** A line that only a stream of events begins with (WHATWG HTML, section 9.2.5): a field, or a comment. */
const FIRST_FIELD = /^\uFEFF?[\r\n]*(?:(?:data|event|id|retry)(?::|[\r\n])|:)/;
/** More than one JSON object, each on a line of its own. In a text of one line, as most are, it would try each brace. */
const TWO_DOCUMENTS = /^\s*\{[^\r\n]*\}[ \t]*(?:\r\n|\n|\r)\s*\{[^\r\n]*\}[ \t]*(?:[\r\n]|$)/;

/**
 * The form of a body by its type and, as servers send streams without a type, as plain text or as JSON, by how it begins.
 * @param text the body, or its beginning.
 */
export const bodyFormOf = ({ contentType, text }: { contentType: string; text: string }): BodyForm => {
  const told = OF_TYPE.get(mediaTypeOf(contentType));
  if (told !== undefined) return told;
  if (FIRST_FIELD.test(text)) return 'events';
  const hasLines = text.includes('\n') || text.includes('\r');
  return hasLines && TWO_DOCUMENTS.test(text) ? 'lines' : 'whole';
};
