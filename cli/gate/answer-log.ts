import { createHash } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import { parseJson } from '../../openai/json-value.ts';
import type { Case } from './dataset/case.ts';
import { Reply } from './reply.ts';
import type { Target } from './target/target.ts';

/** After a day an agent is rarely what it was, and a gate that answers by yesterday's answers would be trusted all the same. */
const USABLE_FOR_MS = 86_400_000;
/** Logs of other targets that are left beside this one. */
const KEPT_LOGS = 20;

const Line = z.union([
  z.object({ key: z.string(), reply: Reply }),
  z.object({ begun: z.object({ target: z.string(), atMs: z.number() }) }),
  z.object({ finished: z.object({ atMs: z.number() }) }),
]);

const digest = (value: unknown): string =>
  createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest('hex');

/** What an answer is kept under: the question as the target sees it. What counts as right may change without a new asking. */
export const answerKey = ({ id, request }: Case, repeat: number): string =>
  digest({ id, request, repeat }).slice(0, 32);

export type AnswerLog = {
  /** Answers that count as if they were asked now, by key. */
  kept: ReadonlyMap<string, Reply>;
  /** When the first of them was asked. */
  keptSinceMs: number;
  /** It is on disk when this returns, so that a kill loses nothing of it. */
  keep: (asked: Case, repeat: number, reply: Reply) => void;
  /** Every question has its answer. */
  finish: () => void;
};

/** Of a target whose answers are read from where they are kept already. */
export const NO_LOG: AnswerLog = { kept: new Map(), keptSinceMs: 0, keep: () => {}, finish: () => {} };

type Held = { replies: Map<string, Reply>; begunAtMs: number; isFinished: boolean; isTorn: boolean };

/** Lines that can't be read are left out: the last one may be half there, after a kill. */
const readLog = (file: string): Held | null => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return null;
  }
  const held: Held = { replies: new Map(), begunAtMs: 0, isFinished: false, isTorn: !text.endsWith('\n') };
  for (const line of text.split('\n')) {
    const read = Line.safeParse(parseJson(line));
    if (!read.success) continue;
    if ('reply' in read.data) held.replies.set(read.data.key, read.data.reply);
    else if ('begun' in read.data) held.begunAtMs = read.data.begun.atMs;
    else held.isFinished = true;
  }
  return held;
};

/** What a log may be used again for. */
export type Reuse = {
  /** Nothing that was kept. */
  fresh: boolean;
  /** Also the answers of a run that came to its end, of a target that may be another by now. */
  finishedToo: boolean;
};

const isUsable = (held: Held, { isContent }: Pick<Target, 'isContent'>, { fresh, finishedToo }: Reuse, nowMs: number) =>
  !fresh && nowMs - held.begunAtMs < USABLE_FOR_MS && (!held.isFinished || isContent || finishedToo);

/** Only the newest: each target, and each content of it, has a log of its own. */
const prune = (folder: string, own: string): void => {
  const others = readdirSync(folder)
    .filter((name) => name.startsWith('answers-') && name !== own)
    .map((name) => ({ name, changedMs: statSync(path.join(folder, name)).mtimeMs }))
    .toSorted((a, b) => b.changedMs - a.changedMs);
  for (const { name } of others.slice(KEPT_LOGS)) rmSync(path.join(folder, name), { force: true });
};

/**
 * The answers of one target to one plan's questions, a line each, written as they come. A run that was stopped goes on where it was; one that
 * came to its end is asked anew, unless the target's identity is its content. Only this machine's user may read them.
 */
export const openAnswerLog = (
  folder: string,
  target: Pick<Target, 'name' | 'identity' | 'isContent'>,
  reuse: Reuse,
  nowMs: number,
): AnswerLog => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const name = `answers-${digest(target.identity).slice(0, 16)}.jsonl`;
  const file = path.join(folder, name);
  const held = readLog(file);
  const usable = held !== null && isUsable(held, target, reuse, nowMs) ? held : null;
  const append = (line: z.input<typeof Line>): void => appendFileSync(file, `${JSON.stringify(line)}\n`);
  const begin = openSync(file, usable === null ? 'w' : 'a', 0o600);
  try {
    if (usable === null) writeSync(begin, `${JSON.stringify({ begun: { target: target.name, atMs: nowMs } })}\n`);
    else if (usable.isTorn) writeSync(begin, '\n');
  } finally {
    closeSync(begin);
  }
  prune(folder, name);
  return {
    kept: usable?.replies ?? new Map(),
    keptSinceMs: usable?.begunAtMs ?? nowMs,
    keep: (asked, repeat, reply) => append({ key: answerKey(asked, repeat), reply }),
    finish: () => append({ finished: { atMs: nowMs } }),
  };
};
