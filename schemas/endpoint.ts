import { z } from 'zod';
import type { ControllerRole } from './controller-role.ts';

/** No name in a path is longer: an id is at most a name, `#` and a number. */
export const MAX_PATH_NAME = 200;
/** What stands in a path for an agent, a rollout, a version … */
export const PathName = z.string().min(1).max(MAX_PATH_NAME);

/** Tags of answers that whoever asks has seen, or `*`. What is none is no answer's. */
export const EtagList = z.string().max(2_000);

/** One endpoint: how it is asked for and by whom, what it answers with 200, and what it does, for people. */
export type Endpoint = {
  /** What a key must have to be answered; one that includes it will do. */
  role: ControllerRole;
  method: 'GET' | 'POST' | 'DELETE';
  path: `/v1/${string}`;
  does: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  /** Headers that it reads, by their names in lower case. */
  headers?: z.ZodObject;
  body?: z.ZodType;
  /** The body is taken as it is, whatever its content type, and is no JSON value. */
  isText?: true;
  /** Of a body that may be larger than a text of documents. */
  maxBytes?: number;
  /** The answer has an `ETag`, and 304 where whoever asks has it. */
  hasEtag?: true;
  /** The answer goes on for as long as whoever asks listens, as server-sent events. */
  isStream?: true;
  response: z.ZodObject;
};
