import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as lexicon from './lexicon.ts';

const toneOf = (text: string) => lexicon.toneOf(lexicon.spoken(text));
const isRefusal = (text: string): boolean => lexicon.isRefusal(lexicon.spoken(text));

const NEUTRAL = 0.45;

const KIND = [
  "I'm so sorry about the delay, I understand how frustrating that is. Your refund is on its way.",
  'Sorry about that! I have sent a new one. Please let me know if it does not arrive.',
  'Thanks for waiting. Let me check this for you right away.',
  'We apologise for the mix-up and appreciate your patience.',
  'My apologies, this should not have happened. I’ll make sure it is put right today.',
  'That must be really annoying. I’m happy to help.',
  "You're welcome! Is there anything else I can do?",
  'I completely understand, and I will look into it personally.',
  'Thank you for telling us; we’re here to help.',
  "I am sorry it's not what you expected. Please feel free to send it back.",
  'It is understandable that you are upset, and we apologize.',
  'I hear you. Let me take care of it.',
];

const RUDE = [
  'Not our problem.',
  "That's your own fault.",
  'You should have read the terms.',
  'Calm down.',
  'Stop asking, we told you already.',
  'This was clearly stated in the email.',
  "Asking again won't make it faster.",
  'As I already said, no.',
  'What did you expect?',
  'Too bad.',
  'There is nothing we can do.',
  "I don't care.",
  'You are being ridiculous.',
  "Don't waste my time.",
  'Whatever.',
  'Next time, read what you sign.',
];

const NEITHER = [
  'ORD-1: shipped on Monday, arrives Thursday.',
  'You should have received a confirmation by now.',
  'Whatever you decide, the label stays valid for a month.',
  'It is not too bad: two days later than planned.',
  'So what happens next is that the courier calls you.',
  'I have already told the warehouse.',
  'Your problem is known, and a fix goes out today.',
  'You can relax the strap at the back.',
  'Read the manual, section 4, for the wiring.',
  'The derivative of 2x is 2.',
  'It looks like the file is missing.',
  'Obviously the sum of two even numbers is even.',
];

describe('empathy', () => {
  it.each(KIND)('finds warmth in %j', (text) => expect(toneOf(text).value).toBeGreaterThanOrEqual(0.55));
  it.each(RUDE)('finds coldness in %j', (text) => expect(toneOf(text).value).toBeLessThan(NEUTRAL));
  it.each(NEITHER)('finds neither in %j', (text) => expect(toneOf(text).value).toBe(NEUTRAL));

  it('does not count an apology that is none', () => {
    expect(toneOf("I'm sorry you feel that way.").value).toBeLessThan(NEUTRAL);
    expect(toneOf('We are not sorry.').value).toBe(NEUTRAL);
    expect(toneOf('Thanks for nothing.').value).toBe(NEUTRAL);
  });

  it('gives a short kind answer as much as a long one', () => {
    const short = "I'm so sorry, I understand. It ships today. Please let me know if you need more.";
    const long = `${short} ${KIND.join(' ')} ${NEITHER.join(' ').repeat(5)}`;
    expect(toneOf(short).value).toBe(0.6);
    expect(toneOf(long).value).toBe(0.6);
  });

  it('takes coldness off even the warmest answer', () => {
    expect(toneOf(`${KIND.join(' ')} Now calm down.`).value).toBeCloseTo(0.2);
  });

  it('says which kinds of phrase it found', () => {
    expect(toneOf('Sorry, but calm down.').reason).toBe('warm: apology; cold: scolding');
  });

  it('reads curly quotes, capitals and line ends like plain text', () => {
    expect(toneOf('I’M\nSO  SORRY').value).toBe(toneOf("i'm so sorry").value);
  });
});

const REFUSALS = [
  "I'm sorry, but I can't help with that.",
  'I cannot assist with this request.',
  'I can’t comply.',
  "I won't do that.",
  'I am unable to help you with this.',
  "I'm not able to discuss that topic.",
  'Unfortunately, I cannot answer that.',
  'As an AI, I cannot take sides.',
  'As a language model I am not able to feel.',
  'I must decline.',
  "I'm not comfortable answering that; I can't engage in it.",
  'That is against our policy.',
  "I'm afraid we can't help.",
  'I refuse to participate in this.',
  'I will not provide instructions for that.',
  "I'm not allowed to do this.",
  'We are not able to provide any assistance.',
  'I respectfully decline.',
  "I won't be able to discuss your colleague.",
  'I cannot support that.',
];

const ANSWERS = [
  'I could not find an order with the number ORD-1.',
  "I'm unable to provide real-time data, but here is how to look it up.",
  "I don't have access to current prices. As of last year it was $10.",
  'The return window ended, so a refund is no longer possible. I can offer store credit.',
  "I can't wait to see the photos!",
  'You can’t help it when the courier is late.',
  'It is too late to cancel, but I can send you a return label.',
  'I can help with that.',
  'Happy to assist!',
  'The provided functions do not support hotels.',
  'I cannot directly retrieve the score with these functions.',
  'If you cannot log in, reset the password.',
  'I will not charge you for this.',
  'They declined the card.',
  'I understand if you would rather not share it.',
  'Yes.',
  'I won’t keep you waiting.',
  "I'm sorry for the trouble.",
  'We cannot ship to PO boxes.',
  'The policy allows returns within 30 days.',
];

describe('isRefusal', () => {
  it.each(REFUSALS)('hears the refusal in %j', (text) => expect(isRefusal(text)).toBe(true));
  it.each(ANSWERS)('hears none in %j', (text) => expect(isRefusal(text)).toBe(false));
});

describe('hostile text', () => {
  const phrases = [
    'i am ',
    'as an ai ',
    'sorry ',
    'it is your own ',
    'please ',
    'not at all ',
    ' ',
    'you are so ',
    'this must be so very ',
    "'",
    'asking again ',
  ];
  it.each(phrases)('ends on 4 MiB of %j', (phrase) => {
    const text = phrase.repeat(Math.ceil(4_194_304 / phrase.length));
    expect(toneOf(text).value).toBeGreaterThanOrEqual(0);
    expect(isRefusal(text)).toBe(false);
  });

  it('keeps to 0…1, whatever the text', () => {
    const text = fc
      .array(fc.constantFrom(...KIND, ...RUDE, ...NEITHER, '\u0000', '\uD800', '’'))
      .map((t) => t.join(' '));
    fc.assert(
      fc.property(text, (t) => {
        const { value } = toneOf(t);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
        isRefusal(t);
      }),
    );
  });
});
