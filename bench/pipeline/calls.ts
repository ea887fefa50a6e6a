/** What clients ask and versions answer, drawn by number; the same for the same seed. A backlog is made of it. */

/** The two versions that a rollout compares; here they are the names of their arms as well. */
export type ArmName = 'stable' | 'candidate';

/** An answer as an upstream gave it. Tokens are null where the answer tells of none. */
export type Answered = {
  status: number;
  contentType: string;
  text: string;
  latencyMs: number;
  promptTokens: number | null;
  completionTokens: number | null;
};

export type Call = {
  subject: string;
  /** The request's body but for `model`. */
  body: Readonly<Record<string, unknown>>;
  metadata: Readonly<Record<string, string>>;
  isStreamed: boolean;
  answerOf: (arm: ArmName) => Answered;
};

export type Calls = {
  /** In words, for the report. */
  what: string;
  /** The metadata label that slices this traffic, and its values. */
  slice: { label: string; values: readonly string[] };
  callAt: (i: number) => Call;
  /** What the judge is told beside where the parts are, such as accepted answers. */
  judgeEnv: Readonly<Record<string, string>>;
  /** Programs that answer such requests at once, by version; each takes `--port`. */
  upstreams: Readonly<Record<'v1' | 'v2', { script: string; args: readonly string[] }>>;
};
