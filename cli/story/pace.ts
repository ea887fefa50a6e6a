import type { GroupLag } from '../../platform/kafka/lag.ts';

/** How far the groups had read at a time. */
export type Look = { timeMs: number; groups: readonly GroupLag[] };

/**
 * The rate in force, per second, and the looks that led to it, the newest last. `can` is what the slowest group was seen to
 * read when it last fell behind, in requests per second; null while all have kept up. Plain data.
 */
export type Pace = { rate: number; isRising: boolean; cutAtMs: number; can: number | null; looks: readonly Look[] };

/** A group commits once a second and is looked at twice, so half of this is no backlog. */
const BEHIND_MS = 2_000;
/** Over so much time it is seen how much a group reads of what comes; only after as much does a cut show. */
const SPAN_MS = 2_000;
/** What is sent while a group is behind, of what it was seen to read: the rest is its time to catch up. */
const CATCHING_UP = 0.8;
/** So much is left at least, whatever was seen in so short a time. */
const LEAST_LEFT = 0.25;
/** Of the rate that is asked for: where it begins, what is always sent, and what comes back at each look. */
const FIRST_SHARE = 0.25;
const LEAST_SHARE = 0.1;
const BACK_SHARE = 0.03;
/** Until the first cut it rises by this factor at each look instead. */
const RISE = 1.15;
const LOOKS_KEPT = 240;

export const firstPace = (asked: number): Pace => ({
  rate: asked * FIRST_SHARE,
  isRising: true,
  cutAtMs: -Infinity,
  can: null,
  looks: [],
});

/**
 * The rate of requests to go on with, so that a slow or busy machine plays the story slower instead of falling behind it, and
 * far within the lag at which the judge would score a share of the answers. To be asked at every look, about twice a second.
 *
 * How far a group is behind is told in time: since when there is more than it has read by now. What it can do is told by what
 * it reads of what comes meanwhile, so one cut comes near it, whatever the machine. It begins slowly, since processes that
 * have just started are slow, and what they fall behind then stays.
 */
export const nextPace = (before: Pace, asked: number, look: Look): Pace => {
  const looks = [...before.looks, look].slice(-LOOKS_KEPT);
  const slowest = look.groups
    .map((group) => ({ group, behindMs: behindMs(group, looks) }))
    .reduce((most, one) => (one.behindMs > most.behindMs ? one : most), { group: NO_GROUP, behindMs: 0 });
  const { rate, isRising, cutAtMs } = before;
  if (slowest.behindMs <= BEHIND_MS) {
    const risen = isRising ? rate * RISE : rate + asked * BACK_SHARE;
    return { ...before, looks, rate: Math.min(asked, risen) };
  }
  if (look.timeMs - cutAtMs < SPAN_MS) return { ...before, looks };
  const part = readShare(slowest.group, looks);
  // It catches up as it is.
  if (part >= 1 / CATCHING_UP) return { ...before, looks };
  const cut = Math.max(asked * LEAST_SHARE, rate * Math.max(LEAST_LEFT, CATCHING_UP * part));
  return { rate: Math.min(asked, cut), isRising: false, cutAtMs: look.timeMs, can: rate * part, looks };
};

/** What this machine carries, in words: measured only where it was asked for more. */
export const carriedText = ({ rate, can }: Pace, asked: number): string => {
  const wanted = `${Math.round(asked)} requests a second`;
  if (can === null || rate >= asked)
    return rate >= asked ? `this machine keeps up with the ${wanted} that it is sent` : `up to ${wanted}, step by step`;
  return `this machine carries about ${Math.max(1, Math.round(can))} requests a second, of the ${Math.round(asked)} asked for`;
};

const NO_GROUP: GroupLag = { group: '', appended: 0, read: 0 };

const lagOf = ({ groups }: Look, name: string): GroupLag => groups.find(({ group }) => group === name) ?? NO_GROUP;

const behindMs = ({ group, read }: GroupLag, looks: readonly Look[]): number => {
  const nowMs = looks.at(-1)!.timeMs;
  const unread = looks.find((look) => lagOf(look, group).appended > read);
  return nowMs - (unread?.timeMs ?? nowMs);
};

/** What the group has read in the last span, of what was appended for it in the same time. */
const readShare = ({ group, appended, read }: GroupLag, looks: readonly Look[]): number => {
  const sinceMs = looks.at(-1)!.timeMs - SPAN_MS;
  const before = lagOf(looks.findLast(({ timeMs }) => timeMs <= sinceMs) ?? looks[0]!, group);
  return (read - before.read) / Math.max(1, appended - before.appended);
};
