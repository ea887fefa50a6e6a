import type { DatabaseSync } from 'node:sqlite';

export type Words = ReturnType<typeof createWords>;

/** Numbers for names that come again and again, remembered as long as the table has them. */
export const createWords = (db: DatabaseSync) => {
  const known = new Map<string, number>();
  const insert = db.prepare('INSERT OR IGNORE INTO words (text) VALUES (?)');
  const find = db.prepare('SELECT no FROM words WHERE text = ?');
  const addMember = db.prepare('INSERT OR IGNORE INTO slice_members (label, value, slices) VALUES (?, ?, ?)');
  const numberOf = (text: string): { no: number; isNew: boolean } => {
    const { changes } = insert.run(text);
    return { no: Number(find.get(text)?.['no']), isNew: changes > 0 };
  };
  return {
    word: (text: string): number => {
      const found = known.get(text);
      if (found !== undefined) return found;
      const { no } = numberOf(text);
      known.set(text, no);
      return no;
    },
    /** The number of a set of slices, whose members can be asked for. */
    slices: (slices: Readonly<Record<string, string>>): number => {
      const text = JSON.stringify(slices);
      const found = known.get(text);
      if (found !== undefined) return found;
      const { no } = numberOf(text);
      for (const [label, value] of Object.entries(slices)) addMember.run(label, value, no);
      known.set(text, no);
      return no;
    },
    /** What was remembered may have been taken back. */
    forget: (): void => known.clear(),
  };
};
