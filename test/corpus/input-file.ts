import { z } from 'zod';
import { parse as parseYaml } from 'yaml';
import { Outcome } from '../../schemas/exchange.ts';
import { mediaTypeOf } from '../../openai/media-type.ts';
import { defaultRequestBody } from './default-request.ts';
import { bytesOf } from './escaped-bytes.ts';

export type Header = readonly [name: string, value: string];

/**
 * How an answer ends: `whole`; `breaks off`: its connection is reset after the last byte that is there, with more announced;
 * `stays open`: nothing more comes, and nothing ends it.
 */
const ENDINGS = ['whole', 'breaks off', 'stays open'] as const;
export type Ending = (typeof ENDINGS)[number];

/** Of a malformed call no more is held to than that it is told as one. */
const Call = z.union([
  z.strictObject({ malformed: z.literal(true) }),
  z.strictObject({
    kind: z.enum(['function', 'custom']).default('function'),
    name: z.string(),
    arguments: z.string(),
  }),
]);

/** What is to come of an input. What is not said is not held against it, but for what has a default. */
const Expected = z.strictObject({
  /** Of the exchange; `failed`: any failure of the arm; `refused`: the front door's own refusal, without an exchange. */
  outcome: z.union([Outcome, z.enum(['failed', 'refused'])]).default('ok'),
  /** What the client gets; by default the version's. */
  status: z.int().optional(),
  /**
   * `intact`: the version's bytes, but for the exchange id; `completed`: these and the empty line that they lack; `told`: what came of them, and an error event; `cut`: what came of
   * them, and a broken connection; `own`: an answer of the front door's; `stable`: that of the stable version of `pair`.
   */
  client: z.enum(['intact', 'completed', 'told', 'cut', 'own', 'stable']).default('intact'),
  /** The kind of the reading; by default `answer` where the outcome is ok. */
  reading: z.enum(['answer', 'error', 'broken', 'none', 'unknown', 'absent']).optional(),
  text: z.string().nullable().optional(),
  refusal: z.string().default(''),
  calls: z.array(Call).default([]),
  finish: z.string().nullable().optional(),
  /** Prompt and completion tokens; null: not told. */
  usage: z.tuple([z.int().nullable(), z.int().nullable()]).default([null, null]),
  /** By the judge's rules; null: not applicable. */
  metrics: z.record(z.string(), z.union([z.number(), z.null(), z.literal('error')])).default({}),
  /** What the captured body says after redaction, and what it must not say. */
  keeps: z.array(z.string()).default([]),
  hides: z.array(z.string()).default([]),
  /** Of a replay that is answered the same; by default as the exchange. `none`: it is not replayed. */
  mirror: z.union([Outcome, z.enum(['failed', 'none'])]).optional(),
  /** The target of the request as the version gets it, of a replay too. */
  target: z.string().optional(),
  /** Whom stickiness follows. */
  subject: z.string().optional(),
  /** Header fields as the version gets them, and as the client does. */
  sent: z.record(z.string(), z.string()).default({}),
  got: z.record(z.string(), z.string()).default({}),
});
export type Expected = z.infer<typeof Expected>;

/** One odd input: what a client asks, what a version answers, and what is to come of it. */
export type Input = {
  /** `<kind>/<name>`. */
  id: string;
  title: string;
  request: { method: string; path: string; headers: readonly Header[]; body: Buffer };
  answer: { status: number; headers: readonly Header[]; body: Buffer; ending: Ending };
  expect: Expected;
};

const SECTION = /^### (request|answer|expect)(?: (.*))?$/;

type Section = { note: string; lines: string[] };

const sectionsOf = (text: string): { title: string; sections: ReadonlyMap<string, Section> } => {
  const sections = new Map<string, Section>();
  let title = '';
  let current: Section | null = null;
  for (const line of text.split('\n')) {
    const match = SECTION.exec(line);
    if (match !== null) sections.set(match[1]!, (current = { note: match[2] ?? '', lines: [] }));
    else if (current !== null) current.lines.push(line);
    else if (line !== '') title += `${title === '' ? '' : ' '}${line.replace(/^# ?/, '')}`;
  }
  return { title, sections };
};

/** The first line, the header fields up to an empty line, and the text after it; null without an empty line. */
const messageOf = (lines: readonly string[]): { first: string; headers: Header[]; body: string | null } => {
  const empty = lines.indexOf('');
  const head = empty < 0 ? lines : lines.slice(0, empty);
  const headers = head.slice(1).map((line): Header => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  // Every line of a body has its end, the last one, too; what is empty all through is no body.
  const rest = empty < 0 ? [] : lines.slice(empty + 1);
  const body = rest.some((line) => line !== '') ? rest.map((line) => `${line}\n`).join('') : null;
  return { first: head[0] ?? '', headers, body };
};

const answerOf = ({ note, lines }: Section): Input['answer'] => {
  const { first, headers, body } = messageOf(lines);
  const [, status, type] = /^(\d{3})(?: (.+))?$/.exec(first) ?? [];
  const ending = ENDINGS.find((one) => one === (note || 'whole'));
  if (status === undefined || ending === undefined) throw new Error('an answer begins with its status');
  const typed: Header[] = type === undefined ? [] : [['content-type', type]];
  return { status: Number(status), headers: [...typed, ...headers], body: bytesOf(body ?? ''), ending };
};

const isEvents = ({ headers }: Input['answer']): boolean =>
  headers.some(([name, value]) => name.toLowerCase() === 'content-type' && mediaTypeOf(value) === 'text/event-stream');

const requestOf = (section: Section | undefined, answer: Input['answer']): Input['request'] => {
  const { first, headers, body } = messageOf(section?.lines ?? []);
  const [method = 'POST', path = '/v1/chat/completions'] = first === '' ? [] : first.split(' ');
  const text = body ?? (method === 'POST' ? defaultRequestBody(path, isEvents(answer)) : '');
  const isTyped = headers.some(([name]) => name.toLowerCase() === 'content-type');
  const all: Header[] = isTyped || text === '' ? headers : [['content-type', 'application/json'], ...headers];
  return { method, path, headers: all, body: bytesOf(text.trimEnd()) };
};

/** An input as its file has it; README.md says how that is written. Throws if it is not. */
export const inputOf = (id: string, text: string): Input => {
  const { title, sections } = sectionsOf(text);
  const told = sections.get('answer');
  if (told === undefined || title === '') throw new Error(`${id}: an input has a title and an answer`);
  const answer = answerOf(told);
  const expect = Expected.parse(parseYaml(sections.get('expect')?.lines.join('\n') ?? '') ?? {});
  return { id, title, request: requestOf(sections.get('request'), answer), answer, expect };
};
