import { z } from 'zod';
import { EpochMs, Int, stamped, Tick } from './envelope.ts';

export const SUBJECT_BUCKETS = 20;

/** What of an agent's bodies is kept: `hash` and `none` take effect before anything is written to disk. */
export const CaptureMode = z.enum(['full', 'redacted', 'hash', 'none']);
export type CaptureMode = z.infer<typeof CaptureMode>;

/** Whether nothing that reads a body can be asked of it: its absence is what the agent's policy plans. */
export const isUncaptured = (mode: CaptureMode): boolean => mode === 'hash' || mode === 'none';

/** The most that may be kept of a body: a shadow carries three, which with all the rest still fit a record of 1 MiB. */
export const MAX_CAPTURE_BYTES = 320 * 1024;
/** What is kept of a `content-type`, for the same reason. */
export const MAX_CONTENT_TYPE_CHARACTERS = 256;

/**
 * A captured body. `text` is empty when `state` is `hashed` or `dropped`. `sizeBytes` is of the whole original body, and so is
 * `sha256`, but for: '' of a body that was dropped, or that personal data was taken out of (there are few enough cards and
 * telephones to try them all against a plain hash); a keyed hash of a body whose policy is `hash`. A body that was both
 * shortened and redacted is `truncated`. One that would have been too dear to redact is `hashed`, with the hash ''.
 */
export const Body = z
  .object({
    state: z.enum(['full', 'truncated', 'redacted', 'hashed', 'dropped']),
    contentType: z.string(),
    text: z.string(),
    sizeBytes: Int.nonnegative(),
    sha256: z.string(),
  })
  .meta({ id: 'Body' });
export type Body = z.infer<typeof Body>;

/** Whether a body was left out because to take personal data out of it would have been too dear (`privacy/effort.ts`). */
export const isTooDear = ({ state, sha256 }: Pick<Body, 'state' | 'sha256'>): boolean =>
  state === 'hashed' && sha256 === '';

/**
 * `upstream_error` is no answer, a 5xx or a redirect, `client_error` a 4xx of the upstream, `truncated` a stream that died
 * half way, `client_abort` the client's own leaving.
 * Of an exchange that another version had to serve it is what became of the assigned one: one error of its arm.
 */
export const Outcome = z.enum([
  'ok',
  'client_error',
  'upstream_error',
  'upstream_timeout',
  'truncated',
  'client_abort',
]);
export type Outcome = z.infer<typeof Outcome>;

/**
 * How the arm was assigned; whether that arm then answered is told by `servedArm` and `fallbackReason`. `segment` is a draw
 * by weight among the subjects that a rollout is confined to, `outside` the resting arm of all others, `affinity` the version
 * that a conversation began with although its subject would be drawn to another by now, `override` a draw whose version was
 * not let answer (it was ejected, or its connection had to be closed).
 */
export const Assignment = z.enum([
  'weight',
  'pin',
  'beta',
  'segment',
  'flag',
  'fallback',
  'outside',
  'affinity',
  'override',
]);
export type Assignment = z.infer<typeof Assignment>;

/** What of an upstream's answer is the same for a live exchange and a shadow. */
const answer = {
  status: Int,
  outcome: Outcome,
  latencyMs: z.number().nonnegative(),
  /**
   * Of a stream until its first content: not a comment, a ping, or a chunk that names no more than a role; of anything else until
   * the first byte of its body. Null if there was none, and of a client that left before.
   */
  firstByteMs: z.number().nonnegative().nullable(),
  responseBody: Body,
  promptTokens: Int.nonnegative().nullable(),
  completionTokens: Int.nonnegative().nullable(),
  costUsd: z.number().nonnegative().nullable(),
};

/**
 * One request/response pair that a client had. Times are the ingress' clock; `rollout` is '' when none was under way,
 * `assignedArm` is '' for a pinned version that no arm serves. Status, times, tokens, cost and body are of the answer that
 * the client got, by `servedVersion`; `status` is 499 when the client left before any content.
 */
export const Exchange = z
  .object({
    exchangeId: z.string().min(1),
    agent: z.string().min(1),
    rollout: z.string(),
    routingSequence: Int.nonnegative(),
    assignment: Assignment,
    assignedArm: z.string(),
    assignedVersion: z.string(),
    servedArm: z.string(),
    servedVersion: z.string(),
    /** Why another version had to serve it; null when the assigned one did. */
    fallbackReason: z.string().nullable(),
    /** Keyed hash of the subject that stickiness follows. */
    subject: z.string(),
    /** Which of the 20 statistical buckets whoever it counts as falls in: the subject, or the caller where `vouched` is false. */
    subjectBucket: Int.min(0).max(SUBJECT_BUCKETS - 1),
    /**
     * Whether its caller may name subjects (the role `subjects`). Of others no exchange is evidence: one caller could take any number of
     * names, find those on the candidate, and be bad or good to it alone.
     */
    vouched: z.boolean().default(true),
    /** Its 4xx was the request's doing: one that a request may provoke, and stable answered the same request so, too. No failure. */
    provoked: z.boolean().default(false),
    method: z.string(),
    path: z.string(),
    /**
     * Of a call in the agent's own protocol: JSON pointers (RFC 6901) to the user's text in the request and to the agent's in the
     * answer, as the agent's document said when it was routed. '' where none was given, and of the APIs that are known by path.
     */
    requestPath: z.string().default(''),
    answerPath: z.string().default(''),
    stream: z.boolean(),
    /** How its bodies were kept; personal data is taken out of whatever else is made of an exchange that is `redacted`. */
    capture: CaptureMode.default('full'),
    /** The version's upstream was near its limits: what can wait (a shadow of this exchange) should not be sent there. */
    busy: z.boolean().default(false),
    requestBody: Body,
    ...answer,
    /** The request's metadata labels that the agent's allow-list names; values outside it are `_other`. */
    slices: z.record(z.string(), z.string()),
    metadata: z.record(z.string(), z.string()),
    traceparent: z.string().nullable(),
    startedAtMs: EpochMs,
    finishedAtMs: EpochMs,
  })
  .meta({ id: 'Exchange' });
export type Exchange = z.infer<typeof Exchange>;

/**
 * An exchange's answer by a version the client never saw; it carries the live exchange that it is compared with. An answer
 * to calls of tools, given from the live conversation, takes several rounds: times, tokens and cost are of all of them,
 * the body is the last one's.
 */
export const Shadow = z
  .object({
    shadowId: z.string().min(1),
    kind: z.enum(['shadow', 'noise']),
    version: z.string(),
    arm: z.string(),
    ...answer,
    /** Requests that the answer took. */
    rounds: Int.min(1).default(1),
    /** Paths of the fields that differ from the exchange's answer, such as `tool_calls[0].arguments.order_id`; the first ones only. */
    differences: z.array(z.string()).default([]),
    /** Of the two answers' texts, 1 when equal (docs/mirror.md); null when either has no text, or is no whole answer. */
    similarity: z.number().min(0).max(1).nullable().default(null),
    replayedAtMs: EpochMs,
    exchange: Exchange,
  })
  .meta({ id: 'Shadow' });
export type Shadow = z.infer<typeof Shadow>;

export const ExchangeRecord = stamped(Exchange, Tick).meta({ id: 'ExchangeRecord' });
export type ExchangeRecord = z.infer<typeof ExchangeRecord>;
export const ShadowRecord = stamped(Shadow, Tick).meta({ id: 'ShadowRecord' });
export type ShadowRecord = z.infer<typeof ShadowRecord>;

/** What windows are made of: no bodies, nothing of the request. A reader's contract; nothing is written by it. */
const MeasuredExchange = Exchange.pick({
  exchangeId: true,
  agent: true,
  rollout: true,
  routingSequence: true,
  assignment: true,
  assignedArm: true,
  assignedVersion: true,
  servedArm: true,
  subjectBucket: true,
  vouched: true,
  provoked: true,
  stream: true,
  outcome: true,
  latencyMs: true,
  firstByteMs: true,
  promptTokens: true,
  completionTokens: true,
  costUsd: true,
  slices: true,
}).meta({ avroName: 'Exchange' });
export type MeasuredExchange = z.infer<typeof MeasuredExchange>;
export const MeasuredExchangeRecord = stamped(MeasuredExchange, Tick).meta({ avroName: 'ExchangeRecord' });

/** What a shadow is counted by. A reader's contract; nothing is written by it. */
const CountedShadow = Shadow.pick({ shadowId: true }).meta({ avroName: 'Shadow' });
export type CountedShadow = z.infer<typeof CountedShadow>;
export const CountedShadowRecord = stamped(CountedShadow, Tick).meta({ avroName: 'ShadowRecord' });

/** What a whole answer of this status came to. Nobody follows redirects, so that one leaves its user without an answer. */
export const outcomeOfStatus = (status: number): Outcome => {
  if (status >= 500 || (status >= 300 && status < 400)) return 'upstream_error';
  return status >= 400 ? 'client_error' : 'ok';
};

/**
 * An answer that failed its user. A 4xx is one, too: a version with a wrong key, a wrong model name or without a parameter
 * that its predecessor took answers nothing else. What a request `provoked`, and stable would have answered as well, is none.
 */
export const isFailure = (outcome: Outcome): boolean => outcome !== 'ok' && outcome !== 'client_abort';

const DRAWN: ReadonlySet<Assignment> = new Set(['weight', 'segment', 'fallback']);

/** Only a random draw: pins, beta users and flags choose themselves. */
export const isRandom = (exchange: Pick<Exchange, 'assignment'>): boolean => DRAWN.has(exchange.assignment);

/** Only a random draw is evidence, of a caller who is one for each name that he gives. Records from before the field are vouched for. */
export const isEvidence = (exchange: Pick<Exchange, 'assignment'> & { vouched?: boolean }): boolean =>
  exchange.vouched !== false && isRandom(exchange);

/** The answer's scores speak for the assigned arm only if that arm gave the answer. */
export const servedAsAssigned = (exchange: Pick<Exchange, 'assignedArm' | 'servedArm'>): boolean =>
  exchange.assignedArm === exchange.servedArm;
