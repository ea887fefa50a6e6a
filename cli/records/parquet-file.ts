import { renameSync, rmSync } from 'node:fs';
import { fileWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import type { BoundFlat } from './columns.ts';

/** So many rows are held in memory, and written as one group. */
const GROUP_ROWS = 20_000;

export type ParquetFile = {
  add(event: unknown): void;
  /** Puts the finished file in its place. */
  finish(): void;
  /** Leaves nothing behind. */
  abandon(): void;
};

/** A Parquet file (Snappy) of one row an event. It stands under its name only once it is whole. */
export const createParquetFile = (file: string, { columns }: Pick<BoundFlat, 'columns'>): ParquetFile => {
  const unfinished = `${file}.unfinished-${process.pid}`;
  const empty = columns.map(({ name, type }) => ({ name, type, data: [] }));
  const writer = new ParquetWriter({
    writer: fileWriter(unfinished),
    schema: schemaFromColumnData({ columnData: empty }),
    createdBy: 'coalmine',
  });
  let rows: unknown[] = [];
  const flush = (): void => {
    if (rows.length === 0) return;
    const columnData = columns.map(({ name, type, of }) => ({ name, type, data: rows.map(of) }));
    void writer.write({ columnData, rowGroupSize: GROUP_ROWS });
    rows = [];
  };
  return {
    add: (event) => {
      rows.push(event);
      if (rows.length >= GROUP_ROWS) flush();
    },
    finish: () => {
      flush();
      void writer.finish();
      renameSync(unfinished, file);
    },
    abandon: () => rmSync(unfinished, { force: true }),
  };
};
