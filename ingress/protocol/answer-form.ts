import { isObject, parseJson } from '../../openai/json-value.ts';
import { bodyFormOf, mediaTypeOf } from '../../openai/media-type.ts';
import type { BodyForm } from '../../openai/media-type.ts';

/** What begins like nothing that is known within so much is a body like any other. */
const ENOUGH_BYTES = 1_024;
/** Types that say nothing of how a body comes. */
const VAGUE: ReadonlySet<string> = new Set(['', 'text/plain', 'application/octet-stream']);
const FIELDS = ['data:', 'event:', 'id:', 'retry:'];

/** The form that a type alone tells; null if the body has to be looked at. */
export const toldForm = (contentType: string): BodyForm | null => {
  const form = bodyFormOf({ contentType, text: '' });
  return form === 'whole' ? null : form;
};

const isDocumentLine = (line: string): boolean => isObject(parseJson(line));

/**
 * The form of an answer to someone who asked for a stream, where its type does not tell it: events without a type, or as
 * plain text; a JSON document a line; plain text as it is written. Null as long as what came tells nothing yet.
 */
export const formOfBeginning = (contentType: string, beginning: Buffer): BodyForm | null => {
  const text = beginning.toString('utf8', 0, ENOUGH_BYTES);
  const form = bodyFormOf({ contentType, text });
  if (form !== 'whole') return form;
  const said = text.replace(/^\uFEFF/, '').trimStart();
  const isEnough = beginning.length >= ENOUGH_BYTES;
  if (FIELDS.some((field) => field.startsWith(said))) return isEnough ? 'whole' : null;
  const type = mediaTypeOf(contentType);
  if (said.startsWith('{')) {
    const end = /[\r\n]/.exec(said)?.index;
    if (VAGUE.has(type) && end !== undefined && isDocumentLine(said.slice(0, end))) return 'lines';
    return isEnough ? 'whole' : null;
  }
  // A page or a picture is no stream, whatever was asked for.
  return VAGUE.has(type) && !said.startsWith('<') ? 'lines' : 'whole';
};
