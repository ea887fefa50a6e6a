import type { RolloutState } from '../../schemas/decision.ts';

/** An agent version's process; it gets `--port <free port>` appended and serves an OpenAI chat API there. */
export type UpstreamPlan = { name: string; script: string; args: readonly string[]; healthPath: string };

/** One rollout to play. `mustEnd` is null where nothing is known beforehand: then any ending will do. */
export type RolloutPlan = { document: RolloutInput; candidate: string; mustEnd: Ending | null };

/** How a rollout ends. */
export type Ending = Extract<RolloutState, 'promoted' | 'rolled_back' | 'aborted' | 'inconclusive'>;

/** One rollout as it ended. `metric` and `slice` are those that decided, null where none did. */
export type Played = {
  agent: string;
  candidate: string;
  rollout: string;
  outcome: Ending;
  metric: string | null;
  slice: string | null;
};

/** A Rollout document as written, before its defaults. */
export type RolloutInput = { metadata: { name: string } } & Record<string, unknown>;

export type Story = {
  agent: string;
  upstreams: readonly UpstreamPlan[];
  /** The Agent document, once the upstreams' base URLs are known by name. */
  agentDocument: (urls: ReadonlyMap<string, string>) => Record<string, unknown>;
  rollouts: readonly RolloutPlan[];
  /** More variables for the judge, once the upstreams are up. */
  judgeEnv: (urls: ReadonlyMap<string, string>) => Record<string, string>;
  /** The body of the i-th request, without `model`. */
  request: (i: number) => Record<string, unknown>;
  /** What to say of the story before it starts. */
  notes: readonly string[];
};
