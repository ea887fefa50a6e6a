import type { DatabaseSync } from 'node:sqlite';

export type Words = ReturnType<typeof createWords>;
type Whose = { agent: string; rollout: string; version: string; arm: string; kind: string };

/** Numbers for names that come again and again, remembered as long as the table has them. */
export const createWords = (db: DatabaseSync) => {
  const known = new Map<string, number>();
  const insert = db.prepare('INSERT OR IGNORE INTO words (text) VALUES (?)');
  const find = db.prepare('SELECT no FROM words WHERE text = ?');
  const addMember = db.prepare('INSERT OR IGNORE INTO slice_members (label, value, slices) VALUES (?, ?, ?)');
  const addWhose = db.prepare(
    'INSERT OR IGNORE INTO whose (agent, rollout, version, arm, kind) VALUES (?, ?, ?, ?, ?)',
  );
  const findWhose = db.prepare(
    'SELECT no FROM whose WHERE agent = ? AND rollout = ? AND version = ? AND arm = ? AND kind = ?',
  );
  const addMetric = db.prepare(
    'INSERT OR IGNORE INTO metrics (no, name) VALUES ((SELECT coalesce(max(no) + 1, 0) FROM metrics), ?)',
  );
  const findMetric = db.prepare('SELECT no FROM metrics WHERE name = ?');
  const knownWhose = new Map<string, number>();
  const metrics = new Map<string, number>();
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
    /** The number of a set of names. */
    whose: ({ agent, rollout, version, arm, kind }: Whose): number => {
      const text = JSON.stringify([agent, rollout, version, arm, kind]);
      const found = knownWhose.get(text);
      if (found !== undefined) return found;
      const names = [agent, rollout, version, arm, kind] as const;
      addWhose.run(...names);
      const no = Number(findWhose.get(...names)?.['no']);
      knownWhose.set(text, no);
      return no;
    },
    /** The number of a metric that answers are scored by, from 0 on. */
    metric: (name: string): number => {
      const found = metrics.get(name);
      if (found !== undefined) return found;
      addMetric.run(name);
      const no = Number(findMetric.get(name)?.['no']);
      metrics.set(name, no);
      return no;
    },
    /** What was remembered may have been taken back. */
    forget: (): void => {
      for (const one of [known, knownWhose, metrics]) one.clear();
    },
  };
};
