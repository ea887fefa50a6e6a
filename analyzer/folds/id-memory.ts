import { hash } from 'node:crypto';

export const REMEMBER_MS = 2 * 3_600_000;
const SLOT_MS = 10 * 60_000;
/** 6.4 MB of a snapshot; beyond this the oldest are forgotten early. */
export const MAX_IDS = 600_000;
const MAX_SLOT_IDS = 20_000;
const HASH_BYTES = 8;

type Slot = { sinceMs: number; hashes: string[] };

/**
 * The ids of the last two hours (to ten minutes more) of stream time, as the first 8 bytes of their SHA-256. Two different
 * ids are taken for one with a chance of about n/2^64 each: at 600,000 ids, 3e-14.
 */
export type IdMemory = { known: Set<string>; slots: Slot[]; nowMs: number; forgottenEarly: number };

export const emptyIdMemory = (): IdMemory => ({ known: new Set(), slots: [], nowMs: 0, forgottenEarly: 0 });

const forgetOldest = (memory: IdMemory): number => {
  const slot = memory.slots.shift();
  for (const each of slot?.hashes ?? []) memory.known.delete(each);
  return slot?.hashes.length ?? 0;
};

/** True if the id is new. */
export const remember = (memory: IdMemory, id: string): boolean => {
  const short = hash('sha256', id, 'binary').slice(0, HASH_BYTES);
  if (memory.known.has(short)) return false;
  memory.known.add(short);
  const last = memory.slots.at(-1);
  if (last && memory.nowMs - last.sinceMs < SLOT_MS && last.hashes.length < MAX_SLOT_IDS) last.hashes.push(short);
  else memory.slots.push({ sinceMs: memory.nowMs, hashes: [short] });
  if (memory.known.size > MAX_IDS) memory.forgottenEarly += forgetOldest(memory);
  return true;
};

/** Moves stream time on. Ids from before there was any stream time count from now. */
export const passTime = (memory: IdMemory, nowMs: number): void => {
  if (memory.nowMs === 0) for (const slot of memory.slots) slot.sinceMs = nowMs;
  memory.nowMs = Math.max(memory.nowMs, nowMs);
  while (memory.slots[0] && memory.slots[0].sinceMs + SLOT_MS + REMEMBER_MS <= memory.nowMs) forgetOldest(memory);
};

export type PackedIdMemory = { nowMs: number; forgottenEarly: number; slots: [sinceMs: number, base64: string][] };

export const packIds = ({ nowMs, forgottenEarly, slots }: IdMemory): PackedIdMemory => ({
  nowMs,
  forgottenEarly,
  slots: slots.map((s) => [s.sinceMs, Buffer.from(s.hashes.join(''), 'latin1').toString('base64')]),
});

export const unpackIds = (packed: PackedIdMemory): IdMemory => {
  const slots = packed.slots.map(([sinceMs, base64]): Slot => {
    const bytes = Buffer.from(base64, 'base64').toString('latin1');
    const hashes = Array.from({ length: bytes.length / HASH_BYTES }, (_, i) =>
      bytes.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES),
    );
    return { sinceMs, hashes };
  });
  return { ...packed, slots, known: new Set(slots.flatMap((slot) => slot.hashes)) };
};
