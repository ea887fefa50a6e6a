import { type Document, isCollection, isNode, type LineCounter } from 'yaml';

/** The line of what stands at that path of a YAML document, or of the innermost thing on the way there; null where there is none. */
export const lineOf = (document: Document, path: readonly PropertyKey[], lines: LineCounter): number | null => {
  let node: unknown = document.contents;
  for (const step of path) {
    const next: unknown = isCollection(node)
      ? node.get(/^\d+$/.test(String(step)) ? Number(step) : step, true)
      : undefined;
    if (!isNode(next)) break;
    node = next;
  }
  const start = isNode(node) ? node.range?.[0] : undefined;
  return start === undefined ? null : lines.linePos(start).line;
};
