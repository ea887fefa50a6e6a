import { messageOf } from './error-message.ts';
import { Composer, type Document, isMap, isScalar, isSeq, Lexer, LineCounter, type ParsedNode, Parser } from 'yaml';
import { jsonFault } from './json-fault.ts';

/** A text of documents; one that is larger is refused before it is read. */
export const MAX_DOCUMENT_BYTES = 256 * 1024;
/** Lists and maps within one another. */
export const MAX_DEPTH = 64;
const MAX_ALIASES = 100;
/** Aliases may say a text again and again; so large it may become by that. */
const MAX_EXPANDED_CHARS = 4 * MAX_DOCUMENT_BYTES;
/** A text that is no YAML has an error at every character. */
const MAX_FAULTS = 20;
const SCALAR = '\u001f';

/** What is wrong with a text, and where: a path of fields, or a line and column. */
export type TextFault = { path: string; reason: string };
export type ReadText = { values: unknown[] } | { faults: TextFault[] };

/** What the parser's own guards do not bound: composing takes a stack frame a level, and the square of the aliases. */
const tokensOf = (text: string, lines: LineCounter, maxDocuments: number) => {
  const parser = new Parser(lines.addNewLine);
  const tokens = [];
  let [documents, aliases, before] = [0, 0, ''];
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    // The lexer puts a mark of its own before each scalar.
    if (lexeme === '---' && before !== SCALAR) documents += 1;
    if (lexeme.startsWith('*') && before !== SCALAR) aliases += 1;
    before = lexeme;
    if (parser.stack.length > MAX_DEPTH + 2) return { fault: `its lists and maps are nested deeper than ${MAX_DEPTH}` };
    if (documents > maxDocuments) return { fault: `there are more documents than ${maxDocuments} in it` };
    if (aliases > MAX_ALIASES) return { fault: `there are more aliases than ${MAX_ALIASES} in it` };
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens };
};

const faultAt = (offset: number, reason: string, lines: LineCounter): TextFault => {
  const { line, col } = lines.linePos(offset);
  return { path: `line ${line}, column ${col}`, reason };
};

/** Keys are compared by a set; the parser compares each with all others. A key that is no scalar has no name in JSON. */
const keyFaults = (node: unknown, lines: LineCounter): TextFault[] => {
  if (isSeq(node)) return node.items.flatMap((item) => keyFaults(item, lines));
  if (!isMap<ParsedNode>(node)) return [];
  const seen = new Set<string>();
  return node.items.flatMap(({ key, value }) => {
    const at = key.range?.[0] ?? 0;
    if (!isScalar<string | number | boolean | null>(key)) return [faultAt(at, 'a key must be a plain text', lines)];
    const name = `${key.value ?? ''}`;
    const faults = seen.has(name)
      ? [faultAt(at, `keys must be unique, and ${JSON.stringify(name)} stands there twice`, lines)]
      : [];
    seen.add(name);
    return [...faults, ...keyFaults(value, lines)];
  });
};

/** Errors, and what the parser only warns of: a tag that it does not know, a directive. */
const faultsOf = ({ errors, warnings, contents }: Document.Parsed, lines: LineCounter): TextFault[] => {
  const told = [...errors, ...warnings].map(({ pos, message }) => faultAt(pos[0], message, lines));
  return told.length > 0 ? told : keyFaults(contents, lines);
};

const readYaml = (text: string, maxDocuments: number): ReadText => {
  const lines = new LineCounter();
  const read = tokensOf(text, lines, maxDocuments);
  if (read.fault !== undefined) return { faults: [{ path: '', reason: read.fault }] };
  const options = {
    schema: 'core',
    uniqueKeys: false,
    merge: false,
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: 'silent',
  } as const;
  const documents = [...new Composer(options).compose(read.tokens)];
  const faults = documents.flatMap((document) => faultsOf(document, lines)).slice(0, MAX_FAULTS);
  if (faults.length > 0) return { faults };
  try {
    return asJson(documents.map((document): unknown => document.toJS({ maxAliasCount: MAX_ALIASES })));
  } catch (error) {
    return { faults: [{ path: '', reason: messageOf(error) }] };
  }
};

/** Each alias as a copy of what it stands for, and nothing that JSON can't say. */
const asJson = (values: unknown[]): ReadText => {
  const texts = values.map((value) => JSON.stringify(value));
  if (texts.reduce((sum, { length }) => sum + length, 0) > MAX_EXPANDED_CHARS)
    return { faults: [{ path: '', reason: 'its aliases stand for more text than a document may have' }] };
  const faults = texts.flatMap((json) => jsonFault(json, MAX_DEPTH) ?? []);
  return faults.length > 0 ? { faults } : { values: texts.map((json): unknown => JSON.parse(json)) };
};

const readJson = (text: string): ReadText | null => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const fault = jsonFault(text, MAX_DEPTH);
  return fault === null ? { values: [value] } : { faults: [fault] };
};

/**
 * The values in a text: one if it is JSON, else those of its YAML documents (apart by `---`), of which empty ones are null. Each is
 * such as JSON can say. Whatever the text, it takes time in proportion to its length (but for a few hundred errors), and a stack of
 * bounded depth: a text may come from anyone who may propose something.
 */
export const readDocumentText = (text: string, maxDocuments: number): ReadText => {
  if (text.length > MAX_DOCUMENT_BYTES)
    return { faults: [{ path: '', reason: `it is larger than ${MAX_DOCUMENT_BYTES / 1024} KiB` }] };
  return readJson(text) ?? readYaml(text, maxDocuments);
};
