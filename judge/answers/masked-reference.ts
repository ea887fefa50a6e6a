import { isObject, parseJson } from '../../openai/json-value.ts';
import { redactBody, redactText } from '../../privacy/redact.ts';

const redactedBeside = (name: string, value: string | number): unknown => {
  const redacted = parseJson(redactBody(JSON.stringify({ [name]: value }), 'application/json', false));
  return isObject(redacted) ? Object.values(redacted)[0] : value;
};

/** What redaction may leave of a value in a call's arguments: beside its parameter's name, or away from it, as in a list. */
export const asMasked = (name: string, value: string | number): unknown[] => [
  redactedBeside(name, value),
  redactedBeside('', value),
];

/** Of some names the one that a masked one was made of; the masked one itself if it was none of them. */
export const nameBehind = (masked: string, names: readonly string[]): string =>
  names.find((name) => redactText(name) === masked) ?? masked;
