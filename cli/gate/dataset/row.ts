import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import type { AcceptedCall, AcceptedCalls } from '../../../judge/answers/tool-match.ts';
import { isObject, type Json } from '../../../openai/json-value.ts';
import { didYouMean } from '../../../schemas/did-you-mean.ts';
import type { Case } from './case.ts';

const Text = z.string().trim().min(1, 'is empty');
const Label = z.union([z.string(), z.number(), z.boolean()]).transform(String);

/** `{name, arguments}`, each argument with the one value that is right. */
const ExactCall = z.strictObject({ name: Text, arguments: z.record(z.string(), z.json()).default({}) });
/** BFCL's form: `{name: {parameter: [each value that is right; '' says that it may be left out]}}`. */
const AcceptedForm = z
  .record(z.string(), z.record(z.string(), z.array(z.json())))
  .refine((call) => Object.keys(call).length === 1, 'names one tool');

const MESSAGE_ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'] as const;
const Message = z.looseObject({ role: z.enum(MESSAGE_ROLES) });

const FIELDS = {
  id: z
    .union([z.string().trim().min(1), z.number()])
    .transform(String)
    .optional(),
  question: Text.optional(),
  system: Text.optional(),
  messages: z.array(Message).min(1, 'has no message').optional(),
  tools: z.array(z.looseObject({ type: z.string() })).optional(),
  request: z.record(z.string(), z.json()).optional(),
  golden: z.union([z.string(), z.number(), z.boolean()]).transform(String).nullable().optional(),
  expectedTools: z.array(z.union([ExactCall, AcceptedForm])).nullish(),
  context: z.union([z.string().transform((text) => [text]), z.array(z.string())]).optional(),
  tags: z.array(Text).optional(),
  slices: z.record(z.string(), Label).optional(),
  session: Label.optional(),
};
export const FIELD_NAMES = Object.keys(FIELDS);

/** A row of a dataset as people write it. */
const Row = z
  .strictObject(FIELDS, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `there is no field ${issue.keys[0]}${didYouMean(issue.keys[0] ?? '', FIELD_NAMES)} Fields: ${FIELD_NAMES.join(', ')}`
        : undefined,
  })
  .refine(
    (row) => row.question !== undefined || row.messages !== undefined || row.request?.['messages'] !== undefined,
    {
      message: 'asks nothing: give question, messages, or a whole request with messages',
    },
  )
  .refine((row) => row.question === undefined || row.messages === undefined, {
    message: 'has both question and messages: give one of them',
  });
type Row = z.output<typeof Row>;

/** A value as one that is right is written in BFCL's form, in which what an object holds is a list of right values again. */
const acceptedValue = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(acceptedValue);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, [acceptedValue(inner)]]));
};

const acceptedCall = (call: z.output<typeof ExactCall> | z.output<typeof AcceptedForm>): AcceptedCall => {
  const exact = ExactCall.safeParse(call);
  if (!exact.success) return call as AcceptedCall;
  const { name, arguments: given } = exact.data;
  return { [name]: Object.fromEntries(Object.entries(given).map(([key, value]) => [key, [acceptedValue(value)]])) };
};

const acceptedOf = ({ expectedTools }: Row): AcceptedCalls | null | undefined => {
  if (expectedTools === undefined) return undefined;
  return expectedTools === null || expectedTools.length === 0 ? null : expectedTools.map(acceptedCall);
};

const requestOf = ({ question, system, messages, tools, request }: Row): Json => {
  const said = messages ?? (question === undefined ? [] : [{ role: 'user', content: question }]);
  const all = system === undefined ? said : [{ role: 'system', content: system }, ...said];
  return { ...request, ...(all.length === 0 ? {} : { messages: all }), ...(tools === undefined ? {} : { tools }) };
};

/** The same question has the same id wherever it stands, so that a line that is put in front of it moves no pair apart. */
const idOf = (request: Json): string =>
  `q-${createHash('sha256')
    .update(canonicalize(request) ?? '')
    .digest('hex')
    .slice(0, 10)}`;

/** `model` is the target's to say. */
const withoutModel = (request: Json): Json =>
  Object.fromEntries(Object.entries(request).filter(([name]) => name !== 'model'));

/** A row's case, or what is wrong with the row. */
export const caseOf = (value: unknown, line: number): Case | { wrong: string } => {
  const parsed = Row.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at = issue?.path.join('.') ?? '';
    return { wrong: `${at === '' ? '' : `${at}: `}${issue?.message ?? 'is no case'}` };
  }
  const row = parsed.data;
  const request = withoutModel(requestOf(row));
  return {
    id: row.id ?? idOf(request),
    request,
    golden: row.golden ?? null,
    accepted: acceptedOf(row),
    context: row.context ?? [],
    tags: row.tags ?? [],
    slices: row.slices ?? {},
    session: row.session ?? '',
    line,
    content: canonicalize(value) ?? '',
  };
};
