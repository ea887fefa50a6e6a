import { UpstreamPolicy } from '../../schemas/ingress-policy.ts';
import type { UpstreamCall, UpstreamFailure, UpstreamRequest, UpstreamSink } from '../protocol/upstream-call.ts';
import type { UnlimitedRequest } from './guarded-call.ts';
import { createUpstreams } from './upstreams.ts';
import type { UpstreamTarget } from './upstreams.ts';

/** One time that the client below was asked to send. */
export type Attempt = {
  request: UpstreamRequest;
  sink: UpstreamSink;
  isOver: boolean;
  isAborted: boolean;
  /** Parts of the body in order, and `end`. */
  body: string[];
  /** What `write` says. */
  isWritable: boolean;
};

/** A call and everything its caller heard of it, in order. */
export type Sent = { call: UpstreamCall; heard: string[] };

const callOf = (attempt: Attempt): UpstreamCall => ({
  abort: () => {
    if (attempt.isOver) return;
    attempt.isOver = true;
    attempt.isAborted = true;
  },
  pause: () => {},
  resume: () => {},
  write: (chunk) => {
    attempt.body.push(chunk.toString());
    return attempt.isWritable;
  },
  end: () => attempt.body.push('end'),
});

export const GET: UnlimitedRequest = {
  upstream: 'http://version',
  method: 'GET',
  path: '/',
  headerLines: '',
  body: Buffer.from('asked'),
};
export const POST: UnlimitedRequest = { ...GET, method: 'POST' };
export const STREAMED: UnlimitedRequest = { ...GET, method: 'PUT', body: { lengthBytes: null } };
export const V1: UpstreamTarget = { agent: 'support', label: 'v1', siblings: 2, retryable: false };
export const V2: UpstreamTarget = { ...V1, label: 'v2' };

export const policyWith = (changes: Parameters<typeof UpstreamPolicy.parse>[0] = {}): UpstreamPolicy =>
  UpstreamPolicy.parse(changes);

/** Upstreams above a client that does nothing until it is told to, and a clock that only `pass` moves. */
export const createWorld = (first: UpstreamPolicy = policyWith()) => {
  let policy = first;
  let nowMs = 1_000;
  const attempts: Attempt[] = [];
  const facts: string[] = [];
  const timers: { dueMs: number; run: () => void }[] = [];
  /** What the client below does before it returns. */
  const onSend = { throws: false, failsAtOnce: false, answersAtOnce: 0 };
  const upstreams = createUpstreams({
    send: (request, sink) => {
      if (onSend.throws) throw new Error('no such URL');
      const attempt = { request, sink, isOver: false, isAborted: false, body: [], isWritable: true };
      attempts.push(attempt);
      if (onSend.failsAtOnce) {
        attempt.isOver = true;
        sink.onFailure({ kind: 'connect', message: '' });
      }
      if (onSend.answersAtOnce > 0) sink.onHead(onSend.answersAtOnce, []);
      return callOf(attempt);
    },
    policyOf: () => policy,
    nowMs: () => nowMs,
    random: () => 0.5,
    later: (delayMs, run) => timers.push({ dueMs: nowMs + delayMs, run }),
    events: {
      ejected: (_agent, label, reason, forMs) => facts.push(`ejected ${label} ${reason} ${forMs}`),
      returned: (_agent, label) => facts.push(`returned ${label}`),
      overloaded: (_agent, label) => facts.push(`overloaded ${label}`),
      retried: (_agent, label, reason) => facts.push(`retried ${label} ${reason}`),
    },
  });
  const open = (): Attempt[] => attempts.filter((attempt) => !attempt.isOver);
  const over = (attempt: Attempt): UpstreamSink => {
    attempt.isOver = true;
    return attempt.sink;
  };
  return {
    upstreams,
    attempts,
    facts,
    onSend,
    open,
    setPolicy: (next: UpstreamPolicy) => (policy = next),
    send: (target: UpstreamTarget, request: UnlimitedRequest = POST): Sent => {
      const heard: string[] = [];
      const call = upstreams.send(target, request, {
        onHead: (status) => heard.push(`head ${status}`),
        onData: (chunk) => heard.push(`data ${chunk.toString()}`),
        onEnd: () => heard.push('end'),
        onFailure: ({ kind }) => heard.push(`failed ${kind}`),
        onWritable: () => heard.push('writable'),
      });
      return { call, heard };
    },
    head: (attempt: Attempt, status: number) => attempt.sink.onHead(status, []),
    answer: (attempt: Attempt, status = 200) => {
      attempt.sink.onHead(status, []);
      if (!attempt.isOver) over(attempt).onEnd();
    },
    end: (attempt: Attempt) => over(attempt).onEnd(),
    fail: (attempt: Attempt, kind: UpstreamFailure['kind']) => over(attempt).onFailure({ kind, message: '' }),
    /** Runs the timers that fall due, in order, and sweeps at the end. */
    pass: (forMs: number) => {
      const untilMs = nowMs + forMs;
      for (;;) {
        const next = timers.toSorted((a, b) => a.dueMs - b.dueMs)[0];
        if (next === undefined || next.dueMs > untilMs) break;
        timers.splice(timers.indexOf(next), 1);
        nowMs = Math.max(nowMs, next.dueMs);
        next.run();
      }
      nowMs = untilMs;
      upstreams.sweep();
    },
    timers: () => timers.length,
  };
};
export type World = ReturnType<typeof createWorld>;
