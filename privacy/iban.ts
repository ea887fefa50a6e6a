import { passesMod97 } from './digits.ts';
import type { PiiHit } from './pii-hit.ts';

/** Characters of an IBAN by country (SWIFT IBAN Registry, release 99). */
const LENGTHS: Readonly<Record<string, number>> = Object.fromEntries(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 ' +
    'FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 ' +
    'LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 ' +
    'RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

const START = /(?<![A-Za-z0-9])[A-Za-z]{2}\d\d(?=[ .-]?[A-Za-z0-9])/g;
const isAlphanumeric = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
const SEPARATORS = ' -.';

/** Account numbers of a known country, as long as its are and with the right check digits, in groups or in one. */
export const findIbans = (text: string, hits: PiiHit[]): void => {
  for (const { 0: head, index: start } of text.matchAll(START)) {
    const length = LENGTHS[head.slice(0, 2).toUpperCase()];
    if (length === undefined) continue;
    let iban = '';
    let end = start;
    for (; end < text.length && iban.length < length; end += 1) {
      if (isAlphanumeric(text.charCodeAt(end))) iban += text[end]!;
      else if (!SEPARATORS.includes(text[end]!) || SEPARATORS.includes(text[end - 1]!)) break;
    }
    if (iban.length < length || isAlphanumeric(text.charCodeAt(end))) continue;
    if (passesMod97(iban.toUpperCase())) hits.push({ kind: 'iban', start, end });
  }
};
