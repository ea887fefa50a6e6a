import { expect, it } from 'vitest';
import {
  boundsOf,
  emptyIdMemory,
  type IdMemory,
  type IdPiece,
  knownIds,
  oldestIdAgeMs,
  passTime,
  piecesSaved,
  remember,
  slotMsOf,
} from './id-memory.ts';
import { missingOf, packIds, takePiece, unpackIds } from './id-pieces.ts';
import { seeded } from './sample-log.fixture.ts';

const NOW = 1_700_000_000_000;
const BOUNDS = boundsOf(2 * 3_600_000);
const { rememberMs: REMEMBER_MS } = BOUNDS;
const SLOT_MS = slotMsOf(BOUNDS);
const SMALL = { ...BOUNDS, slotIds: 60, slots: 5, pieceIds: 7 };

it('knows an id for two hours of stream time and forgets it within ten minutes more', () => {
  const memory = emptyIdMemory(BOUNDS);
  passTime(memory, NOW);
  expect(remember(memory, 'a')).toBe(true);
  passTime(memory, NOW + REMEMBER_MS);
  expect(remember(memory, 'a')).toBe(false);
  expect(oldestIdAgeMs(memory)).toBe(REMEMBER_MS);
  passTime(memory, NOW + REMEMBER_MS + SLOT_MS);
  expect(oldestIdAgeMs(memory)).toBe(0);
  expect(remember(memory, 'a')).toBe(true);
});

it('keeps ids from before the first stream time', () => {
  const memory = emptyIdMemory(BOUNDS);
  remember(memory, 'a');
  passTime(memory, NOW);
  expect(remember(memory, 'a')).toBe(false);
});

it('has room for two hours and ten minutes of 2,000 ids a second', () => {
  const slots = (REMEMBER_MS + SLOT_MS) / SLOT_MS;
  expect(BOUNDS.slots).toBeGreaterThanOrEqual(slots);
  expect(BOUNDS.slotIds).toBeGreaterThanOrEqual((2_000 * SLOT_MS) / 1_000);
});

/** The same promise by sets of the ids themselves. */
const naiveMemory = ({ slotIds, slots: maxSlots }: typeof SMALL) => {
  let slots: { sinceMs: number; ids: Set<string> }[] = [];
  let timeMs = 0;
  let forgottenEarly = 0;
  return {
    passTime: (nowMs: number): void => {
      timeMs = Math.max(timeMs, nowMs);
      slots = slots.filter(({ sinceMs }) => timeMs < sinceMs + REMEMBER_MS + SLOT_MS);
    },
    remember: (id: string): boolean => {
      if (slots.some(({ ids }) => ids.has(id))) return false;
      const last = slots.at(-1);
      if (last && timeMs < last.sinceMs + SLOT_MS && last.ids.size < slotIds) last.ids.add(id);
      else slots.push({ sinceMs: timeMs, ids: new Set([id]) });
      if (slots.length > maxSlots) forgottenEarly += slots.shift()?.ids.size ?? 0;
      return true;
    },
    forgottenEarly: () => forgottenEarly,
    ids: () => slots.reduce((sum, { ids }) => sum + ids.size, 0),
  };
};

type Step = { nowMs: number } | { id: string };

/** Ids anew and again at every distance; time in small steps and leaps, at a rate that now and then is over the bounds. */
const stepsOf = (seed: number, count: number): Step[] => {
  const random = seeded(seed);
  let nowMs = NOW;
  let made = 0;
  return Array.from({ length: count }, () => {
    const crowd = Math.sin(nowMs / 4e6) > 0 ? 0.004 : 0.08;
    if (random() < crowd) {
      nowMs += Math.floor(random() * (random() < 0.02 ? 3 * SLOT_MS : SLOT_MS / 2)) - 5_000;
      return { nowMs };
    }
    const isAgain = random() < 0.4 && made > 0;
    const back = Math.floor(made * random() ** 4);
    if (!isAgain) made += 1;
    const n = isAgain ? made - back : made;
    return { id: n % 3 === 0 ? `ex_${seed}_${n}` : `${seed}${n}`.padStart(16, '0').padEnd(32, 'f') };
  });
};

const apply = (memory: Pick<ReturnType<typeof naiveMemory>, 'passTime' | 'remember'>, step: Step): boolean | null => {
  if ('id' in step) return memory.remember(step.id);
  memory.passTime(step.nowMs);
  return null;
};
const of = (memory: IdMemory) => ({
  passTime: (nowMs: number) => passTime(memory, nowMs),
  remember: (id: string) => remember(memory, id),
});

it.each([1, 2, 3, 4, 5, 6])('answers as sets of the ids themselves would, beyond its bounds too (seed %d)', (seed) => {
  const memory = emptyIdMemory(SMALL);
  const naive = naiveMemory(SMALL);
  passTime(memory, NOW);
  naive.passTime(NOW);
  for (const step of stepsOf(seed, 8_000)) {
    expect(apply(of(memory), step)).toBe(apply(naive, step));
    expect(knownIds(memory)).toBe(naive.ids());
  }
  expect(memory.forgottenEarly).toBe(naive.forgottenEarly());
  expect(memory.forgottenEarly).toBeGreaterThan(500);
  expect(memory.nextSlot).toBeGreaterThan(50);
});

/** All pieces that a run cuts, by slot. */
const piecesOf = (steps: readonly Step[]): Map<number, IdPiece[]> => {
  const memory = emptyIdMemory(SMALL);
  const pieces = new Map<number, IdPiece[]>();
  for (const step of steps) {
    apply(of(memory), step);
    for (const piece of memory.unsaved) pieces.set(piece.slot, [...(pieces.get(piece.slot) ?? []), piece]);
    piecesSaved(memory, memory.unsaved.length);
  }
  return pieces;
};

/** The memory that a restart has, out of all pieces that were ever cut, the later ones too. */
const restarted = (memory: IdMemory, pieces: Map<number, IdPiece[]>): IdMemory => {
  const restored = unpackIds(JSON.parse(JSON.stringify(packIds(memory))));
  for (const { number } of [...memory.slots, { number: memory.nextSlot }])
    for (const piece of pieces.get(number) ?? []) takePiece(restored, piece);
  expect(missingOf(restored)).toBeUndefined();
  return restored;
};

it.each([7, 8, 9])('answers the same and packs the same after a restart at every step (seed %d)', (seed) => {
  const steps = stepsOf(seed, 2_500);
  const pieces = piecesOf(steps);
  const clean = emptyIdMemory(SMALL);
  let memory = emptyIdMemory(SMALL);
  for (const step of steps) {
    memory = restarted(memory, pieces);
    expect(apply(of(memory), step)).toBe(apply(of(clean), step));
    expect(packIds(memory)).toEqual(packIds(clean));
  }
  expect(clean.forgottenEarly).toBeGreaterThan(0);
});

it('cuts the same pieces whenever and by whomever they are saved', () => {
  const steps = stepsOf(10, 4_000);
  const inOne = emptyIdMemory(SMALL);
  const inTwo = emptyIdMemory(SMALL);
  const pieces = new Map<string, string>();
  let repeated = 0;
  for (const [i, step] of steps.entries()) {
    for (const memory of [inOne, inTwo]) apply(of(memory), step);
    if (i % 37 === 0 || i % 101 === 0)
      for (const { slot, number, words } of [inOne, inTwo][i % 2]!.unsaved.splice(0)) {
        const name = `${slot}/${number}`;
        if (pieces.has(name)) repeated += 1;
        expect(pieces.get(name) ?? words.join()).toBe(words.join());
        pieces.set(name, words.join());
      }
  }
  expect(repeated).toBeGreaterThan(100);
});

it('says what is missing while a piece is, and takes none of it for whole', () => {
  const memory = emptyIdMemory(SMALL);
  for (let i = 0; i < 40; i++) remember(memory, `id-${i}`);
  const [first, ...others] = memory.unsaved;
  const restored = unpackIds(packIds(memory));
  for (const piece of others) takePiece(restored, piece);
  expect(missingOf(restored)).toBe('slot 0 has 40 ids, of which 33 were found');
  const wrong = first!.words.map((word, i) => (i === 3 ? word ^ 1 : word));
  takePiece(restored, { ...first!, words: wrong });
  expect(missingOf(restored)).toBe('slot 0 holds other ids');
  const again = unpackIds(packIds(memory));
  for (const piece of [...others, first!, ...others]) takePiece(again, piece);
  expect(missingOf(again)).toBeUndefined();
});

it('does not keep for saving what it has forgotten', () => {
  const memory = emptyIdMemory(SMALL);
  passTime(memory, NOW);
  for (let i = 0; i < 10_000; i++) remember(memory, `id-${i}`);
  expect(memory.unsaved.length).toBeLessThanOrEqual(SMALL.slots * Math.ceil(SMALL.slotIds / SMALL.pieceIds));
  passTime(memory, NOW + REMEMBER_MS + SLOT_MS);
  expect(memory.unsaved).toEqual([]);
});
