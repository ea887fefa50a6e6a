import type { z } from 'zod';
import type { ControllerRole } from './controller-role.ts';

/** One endpoint: how it is asked for and by whom, what it answers with 200, and what it does, for people. */
export type Endpoint = {
  /** What a key must have to be answered; one that includes it will do. */
  role: ControllerRole;
  method: 'GET' | 'POST';
  path: `/v1/${string}`;
  does: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** The body is taken as it is, whatever its content type, and is no JSON value. */
  isText?: true;
  /** Of a body that may be larger than a text of documents. */
  maxBytes?: number;
  response: z.ZodObject;
};
