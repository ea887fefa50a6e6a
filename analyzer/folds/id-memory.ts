import { fingerprint } from './fingerprint.ts';
import { addTo, emptyTable, holds, type IdTable } from './id-table.ts';

/** Of what is remembered for two hours a slot takes ten minutes. */
const SLOT_SHARE = 1 / 12;

/**
 * A slot takes ids for a twelfth of the time or until it is full; its table then has 16 MiB. The time and a slot more are 13
 * slots, for two hours at up to 2,500 new ids a second, so 14 keep them within 14 × 16 MiB = 235 MB. `pieceIds` is how many
 * ids are saved in one record. Other bounds are another fold.
 */
export type IdBounds = { rememberMs: number; slotIds: number; slots: number; pieceIds: number };
export const boundsOf = (rememberMs: number): IdBounds => ({
  rememberMs,
  slotIds: 1_500_000,
  slots: 14,
  pieceIds: 4_096,
});

export const slotMsOf = ({ rememberMs }: Pick<IdBounds, 'rememberMs'>): number => rememberMs * SLOT_SHARE;

/** The ids that were first seen within one part of the time. Slots are numbered from 0 as they begin. */
export type Slot = { number: number; sinceMs: number; table: IdTable };

/** So many fingerprints of a slot, in the order of the log: high and low word in turn. Once cut it never changes. */
export type IdPiece = { slot: number; number: number; words: Uint32Array };

/** What a slot must hold before a restored memory may be used. */
export type SlotContent = Pick<Slot, 'number' | 'sinceMs'> & Pick<IdTable, 'ids' | 'sumHigh' | 'sumLow'>;

/**
 * The ids of the last hours (to a slot more) of stream time, as fingerprints of 64 bits, 8 bytes each: an id that
 * is new is taken for one seen with a chance of n/2^64, at 16 million remembered ids 9e-13. What is remembered depends on
 * the log alone, beyond the bounds too: then the oldest slot goes early. It has one owner and is changed in place.
 *
 * It is saved in pieces of a fixed number of ids, and the last of a slot with what is left when the next slot begins. So
 * what a piece holds depends on the log alone, not on when it was saved or by whom. `rest` has the ids of the newest slot that are
 * in no piece yet, and belongs to the state; `unsaved` has the pieces that were cut but not yet saved, and does not.
 */
export type IdMemory = {
  bounds: IdBounds;
  nowMs: number;
  forgottenEarly: number;
  nextSlot: number;
  slots: Slot[];
  rest: Uint32Array;
  unsaved: IdPiece[];
  /** Of a memory that was restored, what its slots must hold before it may be used. */
  awaited: readonly SlotContent[];
  /** The fingerprint at hand. */
  words: Uint32Array;
};

export const emptyIdMemory = (bounds: IdBounds): IdMemory => ({
  bounds,
  nowMs: 0,
  forgottenEarly: 0,
  nextSlot: 0,
  slots: [],
  rest: new Uint32Array(2 * bounds.pieceIds),
  unsaved: [],
  awaited: [],
  words: new Uint32Array(2),
});

export const knownIds = ({ slots }: IdMemory): number => slots.reduce((sum, { table }) => sum + table.ids, 0);

/** What was seen before may have been forgotten for want of room; 0 while nothing was. */
export const forgottenBeforeMs = ({ slots, forgottenEarly }: IdMemory): number =>
  forgottenEarly > 0 ? (slots[0]?.sinceMs ?? 0) : 0;

/** Stream time since the oldest slot began: how far back ids are known. */
export const oldestIdAgeMs = ({ slots, nowMs }: IdMemory): number => (slots[0] ? nowMs - slots[0].sinceMs : 0);

const cutPiece = (memory: IdMemory, { number, table }: Slot, ids: number): void => {
  const { pieceIds } = memory.bounds;
  const words = memory.rest.slice(0, 2 * ids);
  memory.unsaved.push({ slot: number, number: Math.ceil(table.ids / pieceIds) - 1, words });
};

/** The oldest slot goes whole, and with it what of it was not saved. */
const forgetOldest = (memory: IdMemory): number => {
  const slot = memory.slots.shift();
  if (!slot) return 0;
  memory.unsaved = memory.unsaved.filter((piece) => piece.slot !== slot.number);
  return slot.table.ids;
};

/** The slot that takes new ids, begun anew if the last one is over. */
const openSlot = (memory: IdMemory): Slot => {
  const { bounds, slots, nowMs } = memory;
  const last = slots.at(-1);
  if (last && nowMs - last.sinceMs < slotMsOf(bounds) && last.table.ids < bounds.slotIds) return last;
  const uncut = last ? last.table.ids % bounds.pieceIds : 0;
  if (last && uncut > 0) cutPiece(memory, last, uncut);
  const slot = { number: memory.nextSlot, sinceMs: nowMs, table: emptyTable() };
  memory.nextSlot += 1;
  slots.push(slot);
  if (slots.length > bounds.slots) memory.forgottenEarly += forgetOldest(memory);
  return slot;
};

/** Looks for the fingerprint at hand. */
const isHeld = ({ slots, words }: IdMemory): boolean => {
  const high = words[0] ?? 0;
  const low = words[1] ?? 0;
  for (let i = slots.length - 1; i >= 0; i--) {
    const slot = slots[i];
    if (slot && holds(slot.table, high, low)) return true;
  }
  return false;
};

export const knows = (memory: IdMemory, id: string): boolean => {
  fingerprint(id, memory.words);
  return isHeld(memory);
};

/** True if the id is new. */
export const remember = (memory: IdMemory, id: string): boolean => {
  if (knows(memory, id)) return false;
  const { words, rest, bounds } = memory;
  const high = words[0] ?? 0;
  const low = words[1] ?? 0;
  const slot = openSlot(memory);
  const at = slot.table.ids % bounds.pieceIds;
  rest[2 * at] = high;
  rest[2 * at + 1] = low;
  addTo(slot.table, high, low);
  if (at + 1 === bounds.pieceIds) cutPiece(memory, slot, bounds.pieceIds);
  return true;
};

/** Moves stream time on. Ids from before there was any stream time count from now. */
export const passTime = (memory: IdMemory, nowMs: number): void => {
  if (memory.nowMs === 0) for (const slot of memory.slots) slot.sinceMs = nowMs;
  memory.nowMs = Math.max(memory.nowMs, nowMs);
  const keptMs = memory.bounds.rememberMs + slotMsOf(memory.bounds);
  while (memory.slots[0] && memory.slots[0].sinceMs + keptMs <= memory.nowMs) forgetOldest(memory);
};

/** The first `count` of the unsaved pieces are saved. */
export const piecesSaved = (memory: IdMemory, count: number): void => {
  memory.unsaved = memory.unsaved.slice(count);
};
