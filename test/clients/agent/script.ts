/** What a client library asks, and what the agent then does: told by the words of the last user message. */

export const TOOL = 'weather';
export const TOOL_ARGUMENTS = { city: 'Utrecht' };
export const TOOL_RESULT = 'rain';
export const USAGE = { prompt: 7, completion: 3 };
export const TROUBLE = 'own trouble';

export const HELLO = ['Hello ', 'from ', 'Utrecht: ', 'é, ✓.'];
export const AFTER_TOOL = ['It is ', 'raining.'];
export const WEATHER = { city: 'Utrecht', celsius: 12 };
/** What comes of an answer that breaks off, or of which no more comes. */
export const HALF = 'Half a ';

/** What is asked in each case. */
export const ASK = {
  plain: 'Say hello.',
  stream: 'Say hello in pieces.',
  tools: 'What is the weather?',
  structured: 'Give the weather as JSON.',
  refused: 'Fail with 400.',
  retried: 'Fail once with 503.',
  broken: 'Break off.',
  leave: 'Stop half way.',
} as const;

export type Said = { pieces: readonly string[]; call: { name: string; arguments: string } | null };
/** `cut`: the connection breaks after the first piece of a stream; `silent`: nothing comes after it. */
export type Turn = { status: number } | { said: Said; ending: 'whole' | 'cut' | 'silent' };

const saying = (pieces: readonly string[], ending: 'whole' | 'cut' | 'silent' = 'whole'): Turn => ({
  said: { pieces, call: null },
  ending,
});

const CALLING: Turn = {
  said: { pieces: [], call: { name: TOOL, arguments: JSON.stringify(TOOL_ARGUMENTS) } },
  ending: 'whole',
};

/** `hasResult`: a tool was called and said something. `before`: how often the same was asked already. */
export const turnOf = (asked: string, hasResult: boolean, before: number): Turn => {
  if (asked === ASK.refused) return { status: 400 };
  if (asked === ASK.retried && before === 0) return { status: 503 };
  if (asked === ASK.broken) return saying([HALF, 'answer'], 'cut');
  if (asked === ASK.leave) return saying([HALF, 'answer'], 'silent');
  if (asked === ASK.structured) return saying(['{"city":"Utr', 'echt","celsius":12}']);
  if (asked === ASK.tools) return hasResult ? saying(AFTER_TOOL) : CALLING;
  return saying(HELLO);
};
