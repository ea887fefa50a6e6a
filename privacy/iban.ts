import { getCountrySpecifications, validateIBAN, ValidationErrorsIBAN } from 'ibantools';
import { type Effort, spend, STEPS, unlimited } from './effort.ts';
import type { PiiHit } from './pii-hit.ts';

/** Characters of an IBAN by country. */
const LENGTHS = new Map(Object.entries(getCountrySpecifications()).map(([country, { chars }]) => [country, chars]));

const START = /(?<![A-Za-z0-9])[A-Za-z]{2}\d\d(?=[ .-]?[A-Za-z0-9])/g;
const isAlphanumeric = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
const SEPARATORS = ' -.';

/** In its country's form, with the right check digits. A country's own checks of bank and account are not asked for: better one too many. */
const isIban = (iban: string): boolean =>
  !validateIBAN(iban.toUpperCase()).errorCodes.includes(ValidationErrorsIBAN.WrongIBANChecksum);

/** Account numbers of a known country, as long as its are and with the right check digits, in groups or in one. */
export const findIbans = (text: string, hits: PiiHit[], effort: Effort = unlimited()): void => {
  for (const { 0: head, index: start } of text.matchAll(START)) {
    if (!spend(effort, STEPS.sign)) return;
    const length = LENGTHS.get(head.slice(0, 2).toUpperCase());
    if (length === undefined || length === null) continue;
    let iban = '';
    let end = start;
    for (; end < text.length && iban.length < length; end += 1) {
      if (isAlphanumeric(text.charCodeAt(end))) iban += text[end]!;
      else if (!SEPARATORS.includes(text[end]!) || SEPARATORS.includes(text[end - 1]!)) break;
    }
    if (iban.length < length || isAlphanumeric(text.charCodeAt(end))) continue;
    if (!spend(effort, STEPS.account)) return;
    if (isIban(iban)) hits.push({ kind: 'iban', start, end });
  }
};
