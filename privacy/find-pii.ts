import { findBirthdates } from './birthdate.ts';
import { type Effort, unlimited } from './effort.ts';
import { findEmails } from './email.ts';
import { findIbans } from './iban.ts';
import { findIpv6 } from './network-address.ts';
import { findNumbers } from './numbers.ts';
import type { PiiHit } from './pii-hit.ts';
import { findSecrets } from './secret.ts';

/** One place is one thing: where two were found the longer one names it. */
const parted = (hits: PiiHit[]): PiiHit[] => {
  const found: PiiHit[] = [];
  for (const hit of hits.sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = found.at(-1);
    if (last === undefined || hit.start >= last.end) {
      found.push({ ...hit });
      continue;
    }
    if (hit.end - hit.start > last.end - last.start) last.kind = hit.kind;
    last.end = Math.max(last.end, hit.end);
  }
  return found;
};

/** An unfinished word with an `@` or a key's beginning, or digits that more were to follow. */
const UNFINISHED =
  /(?:[^\s"',;<>]{0,64}@[^\s"',;<>@]{0,64}|(?<![A-Za-z0-9])(?:sk-|gh[oprsu]_|AKIA|eyJ|xox)[\w.-]{0,64}|[+(]?\d[\d ().\-/]{3,32}|(?<![A-Za-z0-9])[A-Za-z]{2}\d\d[A-Za-z0-9 ]{4,40})$/;
const UNFINISHED_REACH = 140;

/**
 * The personal data in a plain text (see `plainText`), in order and without overlap. Reads the text a bounded number of
 * times, however hostile it is: every pattern's repetitions are bounded or one open class at its end.
 * @param isCut the text was shortened: what could be the beginning of something at its end is found, too.
 * @param effort what it may cost; once that is spent not all is found.
 */
export const findPii = (text: string, isCut = false, effort: Effort = unlimited()): PiiHit[] => {
  const hits: PiiHit[] = [];
  findEmails(text, hits, effort);
  findSecrets(text, hits, effort);
  findBirthdates(text, hits, effort);
  findNumbers(text, hits, effort);
  findIbans(text, hits, effort);
  findIpv6(text, hits, effort);
  if (isCut) {
    const from = Math.max(0, text.length - UNFINISHED_REACH);
    const end = UNFINISHED.exec(text.slice(from));
    if (end !== null) hits.push({ kind: 'cut', start: from + end.index, end: text.length });
  }
  return hits.length === 0 ? hits : parted(hits);
};
