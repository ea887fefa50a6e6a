import { CsvError, parse } from 'csv-parse/sync';
import { parseJson } from '../../../openai/json-value.ts';
import { didYouMean } from '../../../schemas/did-you-mean.ts';
import { caseAt, type DatasetReader, textOf, wrongAt } from './reader.ts';

type Record_ = { record: Record<string, string>; info: { lines: number } };

const SLICE = 'slices.';
/** What a cell holds, by its column: a text as it stands, a list apart by semicolons, or JSON. */
const COLUMNS: Readonly<Record<string, 'text' | 'list' | 'json'>> = {
  id: 'text',
  question: 'text',
  system: 'text',
  golden: 'text',
  session: 'text',
  tags: 'list',
  context: 'text',
  expectedTools: 'json',
  messages: 'json',
  tools: 'json',
  request: 'json',
};
const NAMES = Object.keys(COLUMNS);

const checkColumns = (path: string, columns: readonly string[]): string[] => {
  for (const name of columns)
    if (!Object.hasOwn(COLUMNS, name) && !(name.startsWith(SLICE) && name.length > SLICE.length))
      throw wrongAt(
        path,
        1,
        `there is no column ${name}${didYouMean(name, NAMES)} Columns: ${NAMES.join(', ')}, and ${SLICE}<label> for each label`,
      );
  return [...columns];
};

const cellOf = (path: string, line: number, name: string, text: string): unknown => {
  const kind = COLUMNS[name];
  if (kind === 'list')
    return text
      .split(';')
      .map((one) => one.trim())
      .filter(Boolean);
  if (kind !== 'json') return text;
  const value = parseJson(text);
  if (value === undefined) throw wrongAt(path, line, `${name} is no JSON: ${text.slice(0, 80)}`);
  return value;
};

const rowOf = (path: string, line: number, record: Record<string, string>): unknown => {
  const row: Record<string, unknown> = {};
  const slices: Record<string, string> = {};
  for (const [name, text] of Object.entries(record)) {
    if (text.trim() === '') continue;
    if (name.startsWith(SLICE)) slices[name.slice(SLICE.length)] = text;
    else row[name] = cellOf(path, line, name, text);
  }
  return { ...row, slices };
};

/** RFC 4180, a header line first. An empty cell says nothing; `tags` are apart by semicolons, calls and messages JSON. */
export const csv: DatasetReader = (path) => {
  const columns = (names: string[]): string[] =>
    checkColumns(
      path,
      names.map((name) => name.trim()),
    );
  let records: Record_[];
  try {
    records = parse(textOf(path), { columns, info: true, skip_empty_lines: true }) as unknown as Record_[];
  } catch (error) {
    if (error instanceof CsvError) throw wrongAt(path, Number(error['lines'] ?? 0), error.message);
    throw error;
  }
  return records.map(({ record, info }) => caseAt(path, info.lines, rowOf(path, info.lines, record)));
};
