import { type IdBounds, type IdMemory, type IdPiece, type Slot, type SlotContent } from './id-memory.ts';
import { addTo, emptyTable } from './id-table.ts';

/**
 * What stands of an id memory in its fold's state: everything but the ids that were cut into pieces. Of these it tells
 * how many there must be and what they sum up to. Equal memories are equal here, however they came to be.
 */
export type PackedIdMemory = {
  bounds: IdBounds;
  nowMs: number;
  forgottenEarly: number;
  nextSlot: number;
  slots: SlotContent[];
  rest: string;
};

const bytesOf = (words: Uint32Array): Buffer => Buffer.from(words.buffer, words.byteOffset, words.byteLength);

/** Fingerprints as base64, and back; of text that is no whole number of them, what is over is left out. */
export const wordsToText = (words: Uint32Array): string => bytesOf(words).toString('base64');
export const wordsOfText = (text: string): Uint32Array => {
  const bytes = Buffer.from(text, 'base64');
  const words = new Uint32Array(2 * Math.floor(bytes.length / 8));
  bytesOf(words).set(bytes.subarray(0, words.byteLength));
  return words;
};

const contentOf = ({ number, sinceMs, table: { ids, sumHigh, sumLow } }: Slot): SlotContent => ({
  number,
  sinceMs,
  ids,
  sumHigh,
  sumLow,
});

/** How many ids of the newest slot are in no piece yet. */
const restIds = (slots: readonly { ids: number }[], bounds: IdBounds): number =>
  (slots.at(-1)?.ids ?? 0) % bounds.pieceIds;

export const packIds = ({ bounds, nowMs, forgottenEarly, nextSlot, slots, rest }: IdMemory): PackedIdMemory => {
  const contents = slots.map(contentOf);
  const restText = wordsToText(rest.subarray(0, 2 * restIds(contents, bounds)));
  return { bounds, nowMs, forgottenEarly, nextSlot, slots: contents, rest: restText };
};

const addAll = ({ table }: Slot, words: Uint32Array): void => {
  for (let at = 0; at + 1 < words.length; at += 2) addTo(table, words[at] ?? 0, words[at + 1] ?? 0);
};

/** A memory that awaits its pieces: it may be used once `missingOf` says that nothing is missing. */
export const unpackIds = (packed: PackedIdMemory): IdMemory => {
  const { bounds, nowMs, forgottenEarly, nextSlot } = packed;
  const slots = packed.slots.map(({ number, sinceMs, ids }) => ({ number, sinceMs, table: emptyTable(ids) }));
  const uncut = wordsOfText(packed.rest);
  const rest = new Uint32Array(2 * bounds.pieceIds);
  rest.set(uncut);
  const last = slots.at(-1);
  if (last) addAll(last, uncut);
  const words = new Uint32Array(2);
  return { bounds, nowMs, forgottenEarly, nextSlot, slots, rest, unsaved: [], awaited: packed.slots, words };
};

/** Of a memory that was restored, how many pieces of its slot at `at` it awaits: of the newest, none that was cut later. */
const awaitedPieces = ({ awaited, bounds }: IdMemory, at: number): number => {
  const pieces = (awaited[at]?.ids ?? 0) / bounds.pieceIds;
  return at === awaited.length - 1 ? Math.floor(pieces) : Math.ceil(pieces);
};

/** Puts a saved piece where it belongs. One that is not awaited, or that came before, changes nothing. */
export const takePiece = (memory: IdMemory, { slot, number, words }: IdPiece): void => {
  const at = memory.slots.findIndex((each) => each.number === slot);
  const found = memory.slots[at];
  if (found && number < awaitedPieces(memory, at)) addAll(found, words);
};

/** What keeps the memory from being the one that was packed; undefined when it is whole. */
export const missingOf = ({ awaited, slots }: IdMemory): string | undefined => {
  const wrong = awaited.find(({ ids, sumHigh, sumLow }, i) => {
    const table = slots[i]?.table;
    return table?.ids !== ids || table.sumHigh !== sumHigh || table.sumLow !== sumLow;
  });
  if (!wrong) return undefined;
  const found = slots.find(({ number }) => number === wrong.number)?.table.ids ?? 0;
  return found === wrong.ids
    ? `slot ${wrong.number} holds other ids`
    : `slot ${wrong.number} has ${wrong.ids} ids, of which ${found} were found`;
};
