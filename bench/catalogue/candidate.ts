import type { Answer } from '../../examples/chat-api/completion.ts';
import type { Failure } from '../../examples/chat-api/chat-server.ts';
import type { Behaviour } from '../../examples/support/agent.ts';

/** What an agent says to one request, before it is written down as HTTP. */
export type Said = Answer & {
  /** Instead of an answer. */
  failure: Failure | null;
  /** Null is what the answer itself has: `stop`, or `tool_calls`. */
  finishReason: string | null;
  /** `silent`: a stream says no more after its last word and never ends. `left`: it goes on until its client leaves. */
  end: 'whole' | 'silent' | 'left';
};

/** What a candidate may know of the moment that it answers in. */
export type Moment = {
  topic: string;
  isStream: boolean;
  /** In [0, 1), by what it is for; the same request asked again has other draws. */
  draw: (purpose: string) => number;
  /** Since the rollout began. */
  sinceMs: number;
};

type Ways = {
  name: string;
  /** How it differs from stable, for the page. */
  what: string;
  /** What it answers as before it is changed. Default: as stable does, by draws of its own. */
  behaviour?: Behaviour;
  /** What becomes of its words, also within JSON that a client asked for. */
  words?: (text: string, moment: Moment) => string;
  /** What becomes of the answer. */
  answer?: (said: Said, moment: Moment) => Said;
};

/** `metrics`: those that its end may rightly be put down to. */
export type Broken = Ways & { kind: 'broken'; metrics: readonly string[] };
export type Harmless = Ways & { kind: 'harmless' };
export type Candidate = Broken | Harmless;
