import type { AdmissionCall } from '../admission/admission-call.ts';
import type { Upload } from '../protocol/client-call.ts';
import type { Dialect } from '../protocol/dialect.ts';
import type { Target } from '../routing/route.ts';

/** A request as it goes to an upstream: the path after the version's base URL, and the body for each target. */
export type Outgoing = {
  /** Told how it went; who sends the reply's end settles it. */
  call: AdmissionCall;
  dialect: Dialect;
  path: string;
  bodyFor: (target: Target) => Buffer;
  /** Whether the upstream's own CORS headers give way to the front door's. */
  hidesCors: boolean;
  /** Told who gave a whole answer, and the kept part of it. */
  answered: ((served: Target, body: Buffer) => void) | null;
  upload: Upload | null;
  maxBodyBytes: number;
  /** How many choices the answer is to have. */
  choices: number;
};
