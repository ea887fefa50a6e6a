import { isNode, LineCounter, parseDocument } from 'yaml';
import { caseAt, type DatasetReader, textOf, wrongAt } from './reader.ts';

/** What many cases have alike, such as tools, is said once and named elsewhere. */
const MAX_ALIASES = 100_000;

/** A list of cases. */
export const yaml: DatasetReader = (path) => {
  const lineCounter = new LineCounter();
  const document = parseDocument(textOf(path), { lineCounter, prettyErrors: false });
  const lineAt = (offset: number): number => lineCounter.linePos(offset).line;
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) throw wrongAt(path, lineAt(fault.pos[0]), fault.message);
  const rows: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
  if (!Array.isArray(rows)) throw wrongAt(path, 1, 'is no list of cases: begin each with `- question: …`');
  return rows.map((row: unknown, index) => {
    const node = document.getIn([index], true);
    return caseAt(path, isNode(node) ? lineAt(node.range?.[0] ?? 0) : 0, row);
  });
};
