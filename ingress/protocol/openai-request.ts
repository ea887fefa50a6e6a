import { withMember } from '../../openai/json-text.ts';
import { badRequest, invalidJson } from './error-envelope.ts';
import type { ApiError } from './error-envelope.ts';
import { isObject } from '../../openai/json-value.ts';

/** What of an OpenAI request the front door itself needs; all else is the version's business. */
export type OpenAiRequest = {
  model: string;
  user: string | null;
  /** OpenAI's successors of `user`: who it is, as a hash; and what is cached together. */
  safetyIdentifier: string | null;
  cacheKey: string | null;
  stream: boolean;
  /** Scalar values as text; at most 16 labels of at most 512 characters, as OpenAI has it. */
  metadata: Record<string, string>;
  /** The earlier answer, else the conversation, that this one goes on from. */
  goesOnFrom: string | null;
  /** The conversation, which has one id for all its turns. */
  conversation: string | null;
  /** False if the upstream is asked to keep nothing. */
  isStored: boolean;
  /** How many choices the answer is to have. */
  choices: number;
};

const MAX_LABELS = 16;
const MAX_LABEL_LENGTH = 64;
const MAX_VALUE_LENGTH = 512;

const metadataOf = (value: unknown): Record<string, string> => {
  const metadata: Record<string, string> = {};
  if (!isObject(value)) return metadata;
  let count = 0;
  for (const label of Object.keys(value)) {
    const entry = value[label];
    const isScalar = typeof entry === 'string' || typeof entry === 'number' || typeof entry === 'boolean';
    if (!isScalar || label.length > MAX_LABEL_LENGTH) continue;
    if ((count += 1) > MAX_LABELS) break;
    metadata[label] = String(entry).slice(0, MAX_VALUE_LENGTH);
  }
  return metadata;
};

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** An id, or an object that has one. */
const conversationOf = (conversation: unknown): string | null =>
  textOf(isObject(conversation) ? conversation['id'] : conversation);

/** `n` for each prompt: one, or a list of texts or of lists of tokens. A list of tokens is one prompt. */
const choicesOf = ({ n, prompt }: Record<string, unknown>): number => {
  const each = typeof n === 'number' && Number.isInteger(n) && n > 0 ? n : 1;
  return each * (Array.isArray(prompt) && typeof prompt[0] !== 'number' ? Math.max(1, prompt.length) : 1);
};

/** Reads the few fields that routing and capture need out of a request's JSON. */
export const parseOpenAiRequest = (text: string): { request: OpenAiRequest } | { error: ApiError } => {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { error: invalidJson('The body is not valid JSON.') };
  }
  if (!isObject(body)) return { error: badRequest('The body must be a JSON object.') };
  const { model, user, stream, metadata, store } = body;
  if (typeof model !== 'string' || model === '') {
    return { error: badRequest('Give the name of the agent as `model`.', 'model') };
  }
  if (user !== undefined && user !== null && typeof user !== 'string') {
    return { error: badRequest('`user` must be a string.', 'user') };
  }
  const conversation = conversationOf(body['conversation']);
  return {
    request: {
      model,
      user: user ? user : null,
      safetyIdentifier: textOf(body['safety_identifier']),
      cacheKey: textOf(body['prompt_cache_key']),
      stream: stream === true,
      metadata: metadataOf(metadata),
      goesOnFrom: textOf(body['previous_response_id']) ?? conversation,
      conversation,
      isStored: store !== false,
      choices: choicesOf(body),
    },
  };
};

/** The body with another model's name in it. */
export const withModel = (body: Buffer, model: string): Buffer =>
  Buffer.from(withMember(body.toString(), 'model', model));
