const WIDE = /[\x80-\uffff]/;

/**
 * What a header's value says. Values are bytes, and here strings with one character for each (Latin-1, as Node.js has them),
 * so that they go on as they came. Most of those beyond ASCII are UTF-8; what is not is taken for Latin-1.
 */
export const headerText = (value: string): string => {
  if (!WIDE.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  const text = bytes.toString();
  return text.includes('\uFFFD') ? value : text;
};

/** The bytes of a value of which a library made a text, taking it for UTF-8. */
export const headerBytes = (text: string): string => (WIDE.test(text) ? Buffer.from(text).toString('latin1') : text);

/** A value for a library that would write a string as UTF-8. */
export const writableHeader = (value: string): string | Buffer =>
  WIDE.test(value) ? Buffer.from(value, 'latin1') : value;
