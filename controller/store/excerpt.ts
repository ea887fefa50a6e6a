import { askedOf, readAnswer } from '../../openai/answer.ts';
import { isObject, objectsIn, parseJson } from '../../openai/json-value.ts';
import { contentText } from '../../openai/protocols/content.ts';
import type { Body } from '../../schemas/exchange.ts';
import type { Excerpt } from '../../schemas/store-api.ts';

const MAX_CHARACTERS = 4_000;

const cut = ({ state, sizeBytes }: Body, text: string): Excerpt => ({
  state,
  sizeBytes,
  text: text.slice(0, MAX_CHARACTERS).toWellFormed(),
  isCut: text.length > MAX_CHARACTERS,
});

/** What an answer says, calls of tools included; of what can't be read the body itself. */
export const answerExcerpt = (body: Body, of: { path: string; answerPath?: string }): Excerpt => {
  const reading = readAnswer(body, askedOf(of));
  if (reading.kind !== 'answer') return cut(body, body.text);
  const { text, refusal, calls } = reading.answer;
  const said = [text ?? refusal, ...calls.map((call) => `${call.name}(${call.arguments})`)].filter(
    (part) => part !== '',
  );
  return cut(body, said.length === 0 ? body.text : said.join('\n'));
};

/** What was asked: of a chat its last message by a user, else the body. */
export const requestExcerpt = (body: Body): Excerpt => {
  const value = parseJson(body.text);
  const messages = isObject(value) ? objectsIn(value['messages']) : [];
  const last = messages.findLast((message) => message['role'] === 'user');
  return cut(body, (last === undefined ? '' : contentText(last['content'])) || body.text);
};

/** So much of what was asked stands in a list. */
const LISTED_CHARACTERS = 160;

export const beginningOf = (text: string): string =>
  text.length > LISTED_CHARACTERS ? `${text.slice(0, LISTED_CHARACTERS).toWellFormed()}…` : text;
