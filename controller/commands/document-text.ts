import { parseAllDocuments } from 'yaml';
import type { Issue } from '../../schemas/controller-api.ts';

const MAX_DOCUMENTS = 100;
/** `curl -d @file` takes line ends away: a comment on top then swallows the rest, else everything stands on one line. */
const BY_CURL = 'with curl, send a file by --data-binary: -d takes its line ends away';
const lostItsLines = (text: string): boolean => !text.includes('\n') && text.includes('apiVersion:');

/** Reads YAML (one document or several, apart by `---`) or JSON, which is YAML as well. */
export const readDocuments = (text: string): { values: unknown[] } | { issues: Issue[] } => {
  const documents = parseAllDocuments(text, { uniqueKeys: true, merge: false });
  if (!Array.isArray(documents) || documents.length > MAX_DOCUMENTS)
    return { issues: [{ path: '', reason: `expected 1 to ${MAX_DOCUMENTS} documents` }] };
  const issues = documents.flatMap((document) =>
    document.errors.map((error) => ({
      path: error.linePos === undefined ? '' : `line ${error.linePos[0].line}, column ${error.linePos[0].col}`,
      reason: `${error.message.split('\n')[0]?.replace(/ at line .*$/, '') ?? 'not YAML'}${lostItsLines(text) ? ` (${BY_CURL})` : ''}`,
    })),
  );
  if (issues.length > 0) return { issues };
  try {
    const values = documents
      .map((document): unknown => document.toJS({ maxAliasCount: 100 }))
      .filter((v) => v !== null);
    return values.length === 0
      ? { issues: [{ path: '', reason: `there is no document in the text (${BY_CURL})` }] }
      : { values };
  } catch (error) {
    return { issues: [{ path: '', reason: error instanceof Error ? error.message : String(error) }] };
  }
};
