import type { DatabaseSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import { packTexts, type UnpackedTexts, unpackTexts } from './packed-text.ts';

/**
 * What comes together is packed together: of hundreds of exchanges that a transaction folds, a dozen is compressed at once, which takes
 * less time and less room than each by itself. An entry's number is its pack's times this, and its place in it.
 */
const MAX_ENTRIES = 512;
/** So long may a pack get: who looks for one entry unpacks all. */
const MAX_CHARACTERS = 64 * 1024;
/** What a reader keeps unpacked. */
const KEPT_BYTES = 16 * 1024 * 1024;

export type PackWriter = ReturnType<typeof createPackWriter>;

/** Only to be used within a transaction, which ends with `flush`, or with `forget` where it was taken back. */
export const createPackWriter = (db: DatabaseSync) => {
  const lastNo = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'packs'");
  const insert = db.prepare('INSERT INTO packs (no, at, texts) VALUES (?, ?, ?)');
  let no: number | null = null;
  let texts: string[] = [];
  let [count, characters, latestAt] = [0, 0, 0];

  const forget = (): void => {
    [no, texts, count, characters, latestAt] = [null, [], 0, 0, 0];
  };
  const flush = (): void => {
    if (count > 0) insert.run(no, latestAt, packTexts(texts));
    forget();
  };
  return {
    /** The number that the next entry will have. */
    next: (): number => {
      no ??= Number(lastNo.get()?.['seq'] ?? 0) + 1;
      return no * MAX_ENTRIES + count;
    },
    /** Adds an entry under its number; `at` is its age, `body` the text of its bodies. */
    add: (at: number, head: unknown, body = ''): void => {
      const text = JSON.stringify(head);
      texts.push(text, body);
      count += 1;
      characters += text.length + body.length;
      latestAt = Math.max(latestAt, at);
      if (characters > MAX_CHARACTERS || count === MAX_ENTRIES) flush();
    },
    flush,
    forget,
  };
};

/** Finds what an entry is; null where its pack is kept no longer. */
export const createPackReader = (db: DatabaseSync) => {
  const unpacked = new LRUCache<number, UnpackedTexts>({
    maxSize: KEPT_BYTES,
    sizeCalculation: ({ sizeBytes }) => sizeBytes,
  });
  const find = db.prepare('SELECT texts FROM packs WHERE no = ?');
  const textsOf = (no: number): UnpackedTexts | null => {
    const known = unpacked.get(no);
    if (known !== undefined) return known;
    const packed = find.get(no)?.['texts'];
    if (!(packed instanceof Uint8Array)) return null;
    const texts = unpackTexts(packed);
    unpacked.set(no, texts);
    return texts;
  };
  return (entry: number): { head: unknown; body: string } | null => {
    const texts = textsOf(Math.floor(entry / MAX_ENTRIES));
    const place = 2 * (entry % MAX_ENTRIES);
    return texts === null ? null : { head: JSON.parse(texts.at(place)), body: texts.at(place + 1) };
  };
};
