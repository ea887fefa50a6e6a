/** Where a page ended: what it is ordered by, and the row's number, which settles what is equal by that. */
export type Place = { by: number; no: number };

export const cursorOf = ({ by, no }: Place): string => Buffer.from(JSON.stringify([by, no])).toString('base64url');

/** Null for a text that is no cursor of ours. */
export const readCursor = (text: string): Place | null => {
  try {
    const read: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (!Array.isArray(read) || read.length !== 2) return null;
    const [by, no] = read as unknown[];
    return typeof by === 'number' && Number.isFinite(by) && Number.isSafeInteger(no) ? { by, no: no as number } : null;
  } catch {
    return null;
  }
};
