import { badRequest, invalidJson } from './error-envelope.ts';
import type { ApiError } from './error-envelope.ts';

/** What of a chat request the front door itself needs; all else is the version's business. */
export type ChatRequest = {
  model: string;
  user: string | null;
  stream: boolean;
  /** Scalar values as text; at most 16 labels of at most 512 characters, as OpenAI has it. */
  metadata: Record<string, string>;
};

const MAX_LABELS = 16;
const MAX_LABEL_LENGTH = 64;
const MAX_VALUE_LENGTH = 512;

const metadataOf = (value: unknown): Record<string, string> => {
  const metadata: Record<string, string> = {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return metadata;
  let count = 0;
  for (const [label, entry] of Object.entries(value as Record<string, unknown>)) {
    const isScalar = typeof entry === 'string' || typeof entry === 'number' || typeof entry === 'boolean';
    if (!isScalar || label.length > MAX_LABEL_LENGTH) continue;
    if ((count += 1) > MAX_LABELS) break;
    metadata[label] = String(entry).slice(0, MAX_VALUE_LENGTH);
  }
  return metadata;
};

/** Reads the few fields that routing and capture need out of a chat request's JSON. */
export const parseChatRequest = (text: string): { request: ChatRequest } | { error: ApiError } => {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { error: invalidJson('The body is not valid JSON.') };
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { error: badRequest('The body must be a JSON object.') };
  }
  const { model, user, stream, metadata } = body as Record<string, unknown>;
  if (typeof model !== 'string' || model === '') {
    return { error: badRequest('Give the name of the agent as `model`.', 'model') };
  }
  if (user !== undefined && user !== null && typeof user !== 'string') {
    return { error: badRequest('`user` must be a string.', 'user') };
  }
  return {
    request: {
      model,
      user: user ? user : null,
      stream: stream === true,
      metadata: metadataOf(metadata),
    },
  };
};
