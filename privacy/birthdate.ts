import { type Effort, spend, STEPS } from './effort.ts';
import type { PiiHit } from './pii-hit.ts';

/** Only a date that is said to be of a birth; any other is an order's, a meeting's, a release's. */
const SIGN = /b(?:ir|or)|dob|d\.?o\.b|geb|n(?:aiss|ée?|aci|asci|at[ao])|рожд|родил|生年月日|出生/i;

const LABEL =
  '(?:date[ _-]?of[ _-]?birth|birth[ _-]?(?:date|day)|born|d\\.?o\\.?b\\.?|geburts(?:datum|tag)|geboren|geb\\.|date de naissance|' +
  'née?(?:\\(e\\))?|fecha de nacimiento|nacid[oa]|data di nascita|nat[oa]|data de nascimento|nascid[oa]|дата рождения|родил(?:ся|ась)|生年月日|出生(?:日期)?)';
const FILLER = '(?:is|was|on|am|le|el|il|em|the|den|ist|:|=)';
const MONTH =
  '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|févr|avr|juin|juil|août|déc|ene|abr|ago|dic|gen|mag|giu|lug|set|ott)';
const DATE = [
  '(?:19|20)\\d\\d[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:[12]\\d|3[01]|0?[1-9])',
  '(?:[12]\\d|3[01]|0?[1-9])[-./ ] ?(?:[12]\\d|3[01]|0?[1-9])[-./ ] ?(?:(?:19|20)\\d\\d|\\d\\d)',
  `(?:[12]\\d|3[01]|0?[1-9])(?:st|nd|rd|th|\\.)?(?: de| of)? ${MONTH}\\p{L}{0,8}\\.?,?(?: de)? (?:19|20)\\d\\d`,
  `${MONTH}\\p{L}{0,8}\\.? (?:[12]\\d|3[01]|0?[1-9])(?:st|nd|rd|th)?,? (?:19|20)\\d\\d`,
  '(?:19|20)\\d\\d ?年 ?\\d{1,2} ?月 ?\\d{1,2} ?日',
  '(?:19|20)\\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])',
].join('|');
const LABELLED = new RegExp(
  `(?<!\\p{L})${LABEL}[\\s"'_:=(,-]{0,8}(?:${FILLER}[\\s"':=]{1,4}){0,2}(${DATE})(?!\\d)`,
  'dgiu',
);

export const findBirthdates = (text: string, hits: PiiHit[], effort: Effort): void => {
  if (!SIGN.test(text)) return;
  for (const { indices } of text.matchAll(LABELLED)) {
    if (!spend(effort, STEPS.hit)) return;
    const [start, end] = indices![1]!;
    hits.push({ kind: 'birthdate', start, end });
  }
};
