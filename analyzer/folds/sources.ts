import { STOPPED, type Tick } from '../../schemas/envelope.ts';
import { type SeenSequences, unknownThrough } from './sequence-gaps.ts';

/** A source that said nothing while another's clock went on by this much is dropped until it speaks again. */
export const SILENCE_MS = 30_000;
/** What one tick may add to the pace: a clock that leaps, or a tick after an outage, must not make the others look silent. */
const MAX_STEP_MS = 5_000;
/** Beyond this the source that was silent longest is forgotten. */
export const MAX_SOURCES = 256;

export type ArmCounters = { accepted: number; dropped: number };

/**
 * One writer as a partition knows it. `throughMs` is the time of its latest tick, null before the first: its records up
 * to then are all here. Only ticks move it, because between two ticks records may stand in any order.
 */
export type Source = {
  name: string;
  live: boolean;
  /** Its last record bore a time that nobody vouches for (`aheadOfLogMs`). */
  ahead: boolean;
  throughMs: number | null;
  /** The time of its newest tick; a repeated one does not set it back. */
  newestMs: number;
  /** Its own clock's steps from tick to tick, each at most 5 s, summed from where the others stood when it came. */
  ageMs: number;
  /** Where the pace stood when it last spoke. */
  heardAtMs: number;
  seen: SeenSequences;
  /** By arm, the counters of its newest tick. */
  arms: Map<string, ArmCounters>;
};

/**
 * The writers of one partition. The pace is the age of the oldest-running clock among them: it measures silence by the
 * others' own time, however far apart the clocks stand.
 */
export type Sources = { paceMs: number; byName: Map<string, Source>; forgotten: number };

export type SourceNote =
  | {
      fact: 'source_appeared' | 'source_returned' | 'source_silent' | 'source_stopped' | 'source_forgotten';
      source: string;
    }
  | { fact: 'source_ahead'; source: string; byMs: number }
  | { fact: 'source_stepped_back'; source: string; byMs: number };

/** Takes what happened to the sources. */
type NoteSink = { push(note: SourceNote): unknown };

export const emptySources = (): Sources => ({ paceMs: 0, byName: new Map(), forgotten: 0 });

const forgetOne = (sources: Sources, notes: NoteSink): void => {
  let longest: Source | undefined;
  for (const source of sources.byName.values()) {
    const before = longest === undefined || source.heardAtMs < longest.heardAtMs;
    if (before || (source.heardAtMs === longest?.heardAtMs && source.name < longest.name)) longest = source;
  }
  if (!longest) return;
  sources.byName.delete(longest.name);
  sources.forgotten += 1;
  notes.push({ fact: 'source_forgotten', source: longest.name });
};

const sourceOf = (sources: Sources, name: string, unseenThrough: number, live: boolean, notes: NoteSink): Source => {
  const known = sources.byName.get(name);
  if (known) return known;
  if (sources.byName.size >= MAX_SOURCES) forgetOne(sources, notes);
  const ageMs = sources.paceMs;
  const seen = unknownThrough(unseenThrough);
  const of = { throughMs: null, newestMs: 0, ageMs, heardAtMs: ageMs, seen, arms: new Map() };
  const source = { name, live, ahead: false, ...of };
  sources.byName.set(name, source);
  notes.push({ fact: 'source_appeared', source: name });
  return source;
};

/**
 * Notes that a source wrote under a time that is `byMs` ahead of what anybody vouches for, and returns it. It was not heard:
 * one that writes nothing else goes silent, and a new one is not waited for.
 */
export const sourceAhead = (
  sources: Sources,
  name: string,
  unseenThrough: number,
  byMs: number,
  notes: NoteSink,
): Source => {
  const source = sourceOf(sources, name, unseenThrough, false, notes);
  if (!source.ahead) notes.push({ fact: 'source_ahead', source: name, byMs });
  source.ahead = true;
  return source;
};

/** Notes that a source wrote, and returns it. `unseenThrough` is the number up to which a new one’s past is unknown. */
export const sourceSeen = (sources: Sources, name: string, unseenThrough: number, notes: NoteSink): Source => {
  const source = sourceOf(sources, name, unseenThrough, true, notes);
  source.ahead = false;
  if (!source.live) {
    source.live = true;
    source.ageMs = sources.paceMs;
    notes.push({ fact: 'source_returned', source: name });
  }
  source.heardAtMs = sources.paceMs;
  return source;
};

/**
 * Takes the time of a tick as it is told, also when the clock was set back: a closed window stays closed. Drops the
 * sources that were silent for too long.
 */
export const tickSource = (sources: Sources, source: Source, timeMs: number, notes: NoteSink): void => {
  const stepMs = timeMs - (source.throughMs ?? timeMs);
  if (stepMs < -MAX_STEP_MS) notes.push({ fact: 'source_stepped_back', source: source.name, byMs: -stepMs });
  source.throughMs = timeMs;
  source.newestMs = Math.max(source.newestMs, timeMs);
  source.ageMs = Math.max(source.ageMs, sources.paceMs - MAX_STEP_MS) + Math.min(Math.max(stepMs, 0), MAX_STEP_MS);
  sources.paceMs = Math.max(sources.paceMs, source.ageMs);
  source.heardAtMs = sources.paceMs;
  for (const other of sources.byName.values()) {
    if (!other.live || sources.paceMs - other.heardAtMs <= SILENCE_MS) continue;
    other.live = false;
    notes.push({ fact: 'source_silent', source: other.name });
  }
};

/** Drops a source whose tick said goodbye; should it write again after all, it counts again. */
export const sourceStopped = (source: Source, { counters }: Tick, notes: NoteSink): void => {
  if (!counters[STOPPED] || !source.live) return;
  source.live = false;
  notes.push({ fact: 'source_stopped', source: source.name });
};

/**
 * The time up to which every live source's records are all here; undefined while one of them has not ticked yet (its
 * first second) or there is none. One clock that runs ahead moves nothing; one that lags holds all back.
 */
export const streamTimeMs = (sources: Sources): number | undefined => {
  let least: number | undefined;
  for (const { live, throughMs } of sources.byName.values()) {
    if (!live) continue;
    if (throughMs === null) return undefined;
    least = Math.min(least ?? throughMs, throughMs);
  }
  return least;
};

export type ArmProgress = Tick['arms'][number];

const armKey = (arm: ArmProgress): string =>
  [arm.agent, arm.rollout, arm.routingSequence, arm.version, arm.arm].join('|');

/**
 * Counters are cumulative; returns what each arm gained since the tick before. A repeated tick gains nothing. An arm that
 * a newer tick leaves out is over for its source, which would count it from 0 again.
 */
export const armGains = (source: Source, arms: readonly ArmProgress[], timeMs: number): ArmProgress[] => {
  if (timeMs < source.newestMs) return [];
  if (timeMs > source.newestMs) {
    const told = new Set(arms.map(armKey));
    for (const key of source.arms.keys()) if (!told.has(key)) source.arms.delete(key);
  }
  const gains: ArmProgress[] = [];
  for (const arm of arms) {
    const key = armKey(arm);
    const before = source.arms.get(key) ?? { accepted: 0, dropped: 0 };
    const accepted = Math.max(0, arm.accepted - before.accepted);
    const dropped = Math.max(0, arm.dropped - before.dropped);
    if (accepted + dropped === 0) continue;
    source.arms.set(key, { accepted: before.accepted + accepted, dropped: before.dropped + dropped });
    gains.push({ ...arm, accepted, dropped });
  }
  return gains;
};

type PackedSource = Omit<Source, 'arms'> & { arms: [key: string, accepted: number, dropped: number][] };
export type PackedSources = { paceMs: number; forgotten: number; sources: PackedSource[] };

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const packSources = ({ paceMs, forgotten, byName }: Sources): PackedSources => ({
  paceMs,
  forgotten,
  sources: [...byName.values()]
    .sort((a, b) => byText(a.name, b.name))
    .map((source) => ({
      ...source,
      arms: [...source.arms]
        .sort(([a], [b]) => byText(a, b))
        .map(([key, { accepted, dropped }]): [string, number, number] => [key, accepted, dropped]),
    })),
});

export const unpackSources = ({ paceMs, forgotten, sources }: PackedSources): Sources => ({
  paceMs,
  forgotten,
  byName: new Map(
    sources.map((packed): [string, Source] => [
      packed.name,
      { ...packed, arms: new Map(packed.arms.map(([key, accepted, dropped]) => [key, { accepted, dropped }])) },
    ]),
  ),
});
