import type { Harmless } from './candidate.ts';
import { reworded, sentencesOf } from './sentences.ts';

const SYNONYMS: readonly (readonly [RegExp, string])[] = [
  [/I'm so sorry about this/g, 'My apologies for this'],
  [/frustrating/g, 'annoying'],
  [/inconvenience/g, 'bother'],
  [/Thank you for reaching out/g, 'Thanks for writing to us'],
  [/Thank you for getting in touch/g, 'Many thanks for your message'],
  [/should arrive by/g, 'is expected on'],
  [/was shipped on/g, 'was sent on'],
  [/I have asked for/g, 'I have requested'],
  [/write to you/g, 'get back to you'],
  [/anything else I can do for you/g, 'anything more that you need'],
  [/I would be glad to/g, 'I would be happy to'],
];
const SHORTER: readonly (readonly [RegExp, string])[] = [
  [/, and I completely understand how frustrating it is/g, '. I understand how frustrating it is'],
  [/ I understand how disappointing this must be\./g, ' I understand the disappointment.'],
  [/, I am always happy to help/g, ''],
  [/, and please reach out any time if another question comes up/g, ', and please reach out any time'],
  [/sincerely |really |completely /g, ''],
  [/ with this\./g, '.'],
];
const FORMAL: readonly (readonly [RegExp, string])[] = [
  [/I'm/g, 'I am'],
  [/isn't/g, 'is not'],
  [/Hi\b/g, 'Dear'],
  [/Hello\b/g, 'Dear'],
  [/Thanks for asking/g, 'Thank you for your question'],
  [/happy to help/g, 'pleased to assist, and happy to help'],
];

/** Greeting first and closing last, what lies between in turn. */
const reordered = (text: string): string => {
  const [first, ...rest] = sentencesOf(text);
  const last = rest.pop();
  return [first, ...rest.toReversed(), last].filter((one) => one !== undefined).join(' ');
};

/** As a model writes that likes lists and bold type. */
const inAnotherStyle = (text: string): string => {
  const sentences = sentencesOf(text).map((one) => one.replaceAll(/ORD-\d+/g, '**$&**'));
  if (sentences.length < 4) return sentences.join('\n\n');
  const [greeting, opening, ...rest] = sentences;
  const closing = rest.pop()!;
  return `${greeting}\n\n${opening}\n\n${rest.map((one) => `- ${one}`).join('\n')}\n\n${closing}`;
};

/** As another model says the same: another opening, another closing, and what it found in between. */
const asAnotherModel = (text: string): string => {
  const facts = sentencesOf(text).filter((one) => /\d|order|refund|colleague|return|replacement|carrier/i.test(one));
  const opening = /sorry|apologi/i.test(text)
    ? "Sorry about the trouble! Here's what I found:"
    : 'Certainly! Here is your update:';
  return `${opening}\n\n${facts.map((one) => `- ${one}`).join('\n')}\n\nIs there anything else I can do for you today?`;
};

/** As kind, in words of which no list of warm phrases has any. */
const inOwnWords = (text: string): string => {
  const facts = sentencesOf(text).filter((one) => /\d|order|refund|colleague|return|replacement|carrier/i.test(one));
  return `Gladly! ${facts.join(' ')} Just ask if something is still open.`;
};

const asSaid = (text: string): string => text;

/** A candidate that is as good as stable. Each is promoted. */
export const HARMLESS: readonly Harmless[] = [
  { kind: 'harmless', name: 'the-same', what: 'the same version under another name', words: asSaid },
  { kind: 'harmless', name: 'synonyms', what: 'other words for the same', words: (text) => reworded(text, SYNONYMS) },
  { kind: 'harmless', name: 'other-order', what: 'its sentences in another order', words: reordered },
  { kind: 'harmless', name: 'shorter', what: 'about 10 % shorter', words: (text) => reworded(text, SHORTER) },
  {
    kind: 'harmless',
    name: 'one-greeting-more',
    what: 'one greeting more',
    words: (text) => `Welcome to our support, and nice to hear from you! ${text}`,
  },
  { kind: 'harmless', name: 'another-style', what: 'in paragraphs, lists and bold type', words: inAnotherStyle },
  {
    kind: 'harmless',
    name: 'another-model',
    what: 'as another model says it: other openings and closings, lists',
    words: asAnotherModel,
  },
  { kind: 'harmless', name: 'own-words', what: 'as kind in words of its own', words: inOwnWords },
  { kind: 'harmless', name: 'formal', what: 'formal, without contractions', words: (text) => reworded(text, FORMAL) },
  {
    kind: 'harmless',
    name: 'signed',
    what: 'signs each answer',
    words: (text) => `${text}\n\nKind regards,\nYour support team`,
  },
  {
    kind: 'harmless',
    name: 'faster',
    what: 'answers in two thirds of the time',
    answer: (said) => ({ ...said, latencyMs: said.latencyMs * 0.66 }),
  },
  { kind: 'harmless', name: 'concise', what: 'the concise and kind v3 of the story', behaviour: 'kind' },
];
