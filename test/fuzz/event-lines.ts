import type { Random } from '../../ingress/test/http-abuse.harness.ts';

const ENDS = ['\n', '\r\n', '\r'] as const;

/** Line ends of one kind, or each of its own kind; a CR and a LF that would become one line end are not put together. */
export const withLineEnds = (random: Random, lines: readonly string[]): string => {
  const all = random.below(4);
  let text = '';
  for (const line of lines) {
    const end = ENDS[all] ?? random.pick(ENDS);
    const wouldJoin = line === '' && end === '\n' && text.endsWith('\r');
    text += line + (wouldJoin ? '\r\n' : end);
  }
  return text;
};

const VALUES = ['', 'x', ' x', 'a:b', 'é ✓', '[DONE', '{"a":"data: [DONE]"}', '"\\n\\n"', '�', 'data:', ':'];
const FIELDS = ['data', 'data', 'data', 'event', 'id', 'retry', '', 'DATA', 'unknown', 'event'];
const END_MARK = 'data: [DONE]';

const line = (random: Random): string => {
  const field = random.pick(FIELDS);
  const colon = random.below(8) === 0 ? '' : random.pick([':', ': ', ':']);
  return colon === '' ? field : field + colon + random.pick(VALUES);
};

/** A stream of events as no server would send it, and some would: half of them end with the mark. */
export const anyEvents = (random: Random): string => {
  const lines: string[] = [];
  for (let events = random.below(6); events >= 0; events -= 1) {
    for (let count = random.below(4); count > 0; count -= 1) lines.push(line(random));
    for (let empty = 1 + random.below(2); empty > 0; empty -= 1) lines.push('');
  }
  if (random.below(2) === 0) lines.push(random.pick([END_MARK, 'data:[DONE]']), '');
  const text = withLineEnds(random, lines);
  return random.below(4) === 0 ? text.slice(0, random.below(text.length + 1)) : text;
};
