import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AnswerLog, answerKey, openAnswerLog, type Reuse } from './answer-log.ts';
import { questionOf } from './dataset/case.fixture.ts';
import type { Reply } from './reply.ts';

let folder = '';
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'log-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const reply = (body: string): Reply => ({
  status: 200,
  outcome: 'ok',
  latencyMs: 12.5,
  firstByteMs: 3,
  contentType: 'application/json',
  body,
  isCut: false,
  version: 'v2',
  attempts: 1,
  reason: '',
});
const USUAL: Reuse = { fresh: false, finishedToo: false };
const HOUR_MS = 3_600_000;
const open = (reuse: Partial<Reuse> = {}, { isContent = false, identity = 'a', nowMs = HOUR_MS } = {}): AnswerLog =>
  openAnswerLog(folder, { name: 'agent', identity, isContent }, { ...USUAL, ...reuse }, nowMs);
const bodies = ({ kept }: AnswerLog): string[] => [...kept.values()].map(({ body }) => body);
const files = (): string[] => readdirSync(folder).map((name) => path.join(folder, name));

describe('the log of answers', () => {
  it('gives back what a run that was stopped had, by question and repeat', () => {
    const log = open();
    log.keep(questionOf('q1'), 0, reply('one'));
    log.keep(questionOf('q1'), 1, reply('again'));
    const { kept, keptSinceMs } = open({}, { nowMs: 2 * HOUR_MS });
    expect(kept.get(answerKey(questionOf('q1'), 0))).toEqual(reply('one'));
    expect(kept.get(answerKey(questionOf('q1'), 1))?.body).toBe('again');
    expect(kept.get(answerKey(questionOf('q2'), 0))).toBeUndefined();
    expect(keptSinceMs).toBe(HOUR_MS);
  });

  it('knows a question by what the agent sees of it: another golden answer needs no new asking, other words do', () => {
    const key = answerKey(questionOf('q1'), 0);
    expect(answerKey(questionOf('q1', { golden: 'x', line: 9, tags: ['t'] }), 0)).toBe(key);
    expect(answerKey(questionOf('q1', { request: { messages: [] } }), 0)).not.toBe(key);
    expect(answerKey(questionOf('q2', { request: questionOf('q1').request }), 0)).not.toBe(key);
  });

  it('overlooks a line that a kill left half there, and goes on behind it', () => {
    open().keep(questionOf('q1'), 0, reply('one'));
    open().keep(questionOf('q2'), 0, reply('two'));
    const [file = ''] = files();
    truncateSync(file, statSync(file).size - 10);
    const log = open();
    expect(bodies(log)).toEqual(['one']);
    log.keep(questionOf('q2'), 0, reply('two, anew'));
    expect(bodies(open())).toEqual(['one', 'two, anew']);
  });

  it('overlooks what it did not write', () => {
    open().keep(questionOf('q1'), 0, reply('one'));
    appendFileSync(files()[0]!, 'no JSON\n{"key":"x","reply":{"status":"200"}}\n\n');
    expect(bodies(open())).toEqual(['one']);
  });

  it.each([
    ['a run that ended', {}, {}, []],
    ['a run that ended, where that is asked for', { finishedToo: true }, {}, ['one']],
    ['a run that ended, of a target that is known by its content', {}, { isContent: true }, ['one']],
    ['nothing, where all is to be asked anew', { fresh: true }, { isContent: true }, []],
    ['nothing of another target', {}, { identity: 'b', isContent: true }, []],
    ['nothing that is a day old', {}, { isContent: true, nowMs: 26 * HOUR_MS }, []],
  ])('uses again of %s', (_, reuse, change, expected) => {
    const log = open();
    log.keep(questionOf('q1'), 0, reply('one'));
    log.finish();
    expect(bodies(open(reuse, change))).toEqual(expected);
  });

  it('is for its user alone, and keeps only the newest logs of other targets', () => {
    for (let i = 0; i < 30; i += 1) {
      open({}, { identity: `old ${i}` });
      for (const file of files()) utimesSync(file, i, i);
    }
    open();
    expect(files()).toHaveLength(21);
    expect(statSync(files()[0]!).mode & 0o077).toBe(0);
    writeFileSync(path.join(folder, 'other'), '');
    open({ fresh: true });
    expect(files()).toHaveLength(22);
    expect(readFileSync(path.join(folder, 'other'), 'utf8')).toBe('');
  });
});
