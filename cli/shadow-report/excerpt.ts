import { type Asked, readAnswer } from '../../openai/answer.ts';
import type { Answer } from '../../openai/reading.ts';
import type { Body } from '../../schemas/exchange.ts';

const MAX_CHARACTERS = 120;
const BEFORE_DIFFERENCE = 40;

/** What models and clients wrote, without what a terminal would take for a command. */
export const printable = (text: string): string => text.replaceAll(/\p{C}+/gu, ' ');

const wordsOf = ({ text, refusal, calls }: Answer): string =>
  [text ?? refusal, ...calls.map((call) => `${call.name}(${call.arguments})`)].filter(Boolean).join(' ');

/** What an answer says, calls of tools included, in one line. */
export const saidIn = (body: Body, asked: Asked): string => {
  if (body.state === 'hashed' || body.state === 'dropped') return `(the body is ${body.state})`;
  const reading = readAnswer(body, asked);
  const said = reading.kind === 'answer' ? wordsOf(reading.answer) || body.text : body.text;
  return printable(said).replaceAll(/\s+/g, ' ').trim();
};

const firstDifference = (a: string, b: string): number => {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
};

const cut = (text: string, start: number): string => {
  const part = text.slice(start, start + MAX_CHARACTERS).toWellFormed();
  return `${start > 0 ? '…' : ''}${part}${start + MAX_CHARACTERS < text.length ? '…' : ''}`;
};

/** The same short part of two answers to one call, around the first character that differs. */
export const excerptsOf = (live: Body, shadow: Body, asked: Asked): { live: string; shadow: string } => {
  const [ofLive, ofShadow] = [saidIn(live, asked), saidIn(shadow, asked)];
  const start = Math.max(0, firstDifference(ofLive, ofShadow) - BEFORE_DIFFERENCE);
  return { live: cut(ofLive, start), shadow: cut(ofShadow, start) };
};
