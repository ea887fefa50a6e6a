import { plain } from './plain.ts';

type Look = {
  /** Columns whose cells stand at the right, by their heads. */
  right?: readonly string[];
  /** Leaves out columns that are empty below their heads. */
  dropEmpty?: boolean;
};

/** Lines of a table, its cells shown as they may be on a terminal. */
export const tableLines = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { right = [], dropEmpty = false }: Look = {},
): string[] => {
  const shown = [head, ...rows].map((row) => head.map((_, i) => plain(row[i] ?? '')));
  const widths = head.map((_, i) => shown.reduce((most, row) => Math.max(most, row[i]!.length), 0));
  const isHidden = head.map((_, i) => dropEmpty && rows.length > 0 && shown.slice(1).every((row) => row[i] === ''));
  return shown.map((row) =>
    row
      .flatMap((cell, i) => {
        if (isHidden[i]) return [];
        return [right.includes(head[i]!) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)];
      })
      .join('  ')
      .trimEnd(),
  );
};

/** `name  value` lines; those without a value are left out. */
export const factLines = (facts: readonly (readonly [name: string, value: string | null])[]): string[] => {
  const known = facts.filter(([, value]) => value !== null && value !== '');
  const width = Math.max(0, ...known.map(([name]) => name.length));
  return known.map(([name, value]) => `${name.padEnd(width)}  ${plain(value ?? '')}`);
};
