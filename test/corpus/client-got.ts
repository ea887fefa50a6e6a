import type { GotAnswer } from './call-door.ts';
import { decoded } from './content-coding.ts';
import type { Input } from './input-file.ts';
import { STABLE_ANSWER } from './stable-answer.ts';

/** The front door's own last event of a stream that broke off. */
const TOLD = /(?:event: error\n)?data: \{[^\r\n]*"error"[^\r\n]*\}\n\n$/;
const EVENT_END = /\n\n|\r\r|\r\n\r\n/;

/** What a client got, without the exchange id that the front door writes into a stream. */
const withoutExchangeId = ({ headers, body }: GotAnswer): Buffer => {
  const id = headers.find(([name]) => name === 'x-coalmine-exchange-id')?.[1];
  if (id === undefined) return body;
  const text = body.toString('latin1');
  const mark = [`: coalmine-exchange-id ${id}\n\n`, `id: ${id}\n`].find((one) => text.includes(one));
  return mark === undefined ? body : Buffer.from(text.replace(mark, ''), 'latin1');
};

/** What came of a version's bytes, as an input's expectation names it; else the bytes themselves, to be looked at. */
export const clientGot = ({ answer }: Input, got: GotAnswer): string => {
  const body = decoded(got.headers, withoutExchangeId(got));
  const [text, sent] = [body.toString('latin1'), answer.body.toString('latin1')];
  if (!got.isWhole) return sent.startsWith(text) ? 'cut' : `cut after other bytes: ${text}`;
  if (text === sent) return 'intact';
  if (text === `${sent}\n\n`) return 'completed';
  if (text === STABLE_ANSWER) return 'stable';
  const told = TOLD.exec(text);
  const before = told === null ? '' : text.slice(0, told.index);
  // Whole events that came go on before the error is told.
  if (told !== null && sent.startsWith(before) && !EVENT_END.test(sent.slice(before.length))) return 'told';
  return text.startsWith('{"error":') ? 'own' : `other bytes: ${text}`;
};
