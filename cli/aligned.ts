/** Rows as lines, each column as wide as its widest cell. */
export const aligned = (rows: readonly (readonly string[])[]): string[] => {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
};

/** The same of a table with a head, without the columns that are empty below it. */
export const alignedTable = (rows: readonly (readonly string[])[]): string[] => {
  const isEmpty = (rows[0] ?? []).map((_, i) => rows.slice(1).every((row) => row[i] === ''));
  return aligned(rows.map((row) => row.filter((_, i) => !isEmpty[i])));
};
