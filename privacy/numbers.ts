import { type Effort, spend, STEPS } from './effort.ts';
import { findIpv4 } from './network-address.ts';
import { findCards } from './payment-card.ts';
import { CONTEXT_REACH, findPhones, isSaidPhone } from './phone.ts';
import type { PiiHit } from './pii-hit.ts';

/** Digits with what may stand between them, not within a word; seven characters at least, the shortest address. */
const RUN = /(?<![A-Za-z0-9_])[+(]?\d[\d +().\-/]{6,}/g;
/** A time or an id, as JSON is full of: only what stands before it could make it personal. */
const PLAIN = /^[1-9]\d{6,11}[ .)]{0,2}$/;
const MEASURE_OR_DATE =
  /^\d{1,9}\.\d{1,30}$|^(?:19|20)\d\d([-./])(?:0[1-9]|1[0-2])\1(?:[0-2]\d|3[01])(?:[ .)]{0,3}| \d\d)$/;

/** Area, group and serial that were given out (Social Security Administration, 2011). */
const SSN = /(?<!\d|\d[-. ])(?!000|666|9)\d{3}([- ])(?!00)\d\d\1(?!0000)\d{4}(?!\d|[-.]\d)/g;
const SSN_SAID = /(?<!\d)(?!000|666|9)\d{3}[-. ]?(?!00)\d\d[-. ]?(?!0000)\d{4}(?!\d)/g;
const SSN_SIGN = /ssn|social/i;
const SSN_BEFORE = /(?:ssn|social[ _-]?security)(?:[ _-]?(?:number|no|num|nr))?["'\s.:=#(-]{0,6}(?:is[\s:]{1,3})?$/i;

const findSsns = (text: string, run: string, at: number, hits: PiiHit[], effort: Effort): void => {
  const isSaid = (index: number): boolean =>
    SSN_BEFORE.test(text.slice(Math.max(0, at + index - CONTEXT_REACH), at + index));
  for (const { 0: found, 1: separator, index } of run.matchAll(SSN)) {
    if (!spend(effort, STEPS.run)) return;
    if (separator === '-' || isSaid(index))
      hits.push({ kind: 'ssn', start: at + index, end: at + index + found.length });
  }
  for (const { 0: found, index } of run.matchAll(SSN_SAID)) {
    if (!spend(effort, STEPS.run)) return;
    if (isSaid(index)) hits.push({ kind: 'ssn', start: at + index, end: at + index + found.length });
  }
};

type Context = { before: string; isSaid: boolean };

/** A stream repeats the same words before the same time in each of its events. */
const isSaidBefore = (text: string, at: number, last: Context): boolean => {
  const before = text.slice(Math.max(0, at - CONTEXT_REACH), at);
  if (before !== last.before) {
    last.before = before;
    last.isSaid = (SSN_SIGN.test(before) && SSN_BEFORE.test(before)) || isSaidPhone(before);
  }
  return last.isSaid;
};

/** Cards, telephone and social security numbers, IPv4 addresses. */
export const findNumbers = (text: string, hits: PiiHit[], effort: Effort): void => {
  const search = { text, questions: 0, effort };
  const last: Context = { before: '', isSaid: false };
  let hasDots = false;
  RUN.lastIndex = 0;
  for (let found = RUN.exec(text); found !== null; found = RUN.exec(text)) {
    const { 0: run, index } = found;
    if (!spend(effort, STEPS.number)) return;
    if (MEASURE_OR_DATE.test(run) || (PLAIN.test(run) && !isSaidBefore(text, index, last))) continue;
    if (!spend(effort, STEPS.run)) return;
    hasDots ||= run.split('.', 4).length === 4;
    findCards(run, index, hits, effort);
    findSsns(text, run, index, hits, effort);
    findPhones(search, run, index, hits);
  }
  if (hasDots) findIpv4(text, hits, effort);
};
