import { z } from 'zod';
import { Duration } from './duration.ts';
import { PlainUrl } from './plain-url.ts';
import { Name } from './routing-view.ts';
import { UpstreamModel, UsdPerMillion } from './servable-view.ts';

/** A path of a file or folder; one that is relative begins at the folder of the plan. */
export const PlanPath = z.string().min(1).max(1_000);

/** The name of an environment variable that holds a key. The key itself has no place in a document. */
export const KeyVariable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'the name of an environment variable, like OPENAI_API_KEY');

/** Of what a folder of recorded answers has the form. */
const RecordedFormat = z.enum(['bfcl', 'pubmedqa']);

/** What may stand in a plan of whom to ask; which of it goes with which is said by `read`. */
const Written = z.strictObject({
  /** Base URL of an OpenAI-compatible API: `http://127.0.0.1:9001/v1`. */
  url: PlainUrl.optional(),
  /** Started by the gate and ended with it. */
  command: z.array(z.string()).min(1).max(100).optional(),
  /** It is ready once this answers a GET with a 2xx. */
  readyUrl: PlainUrl.optional(),
  readyTimeout: Duration.optional(),
  env: z.record(z.string(), z.string()).optional(),
  cwd: PlanPath.optional(),
  /** The label of one of the agent's versions, as the controller knows it. */
  version: Name.optional(),
  /** A folder of answers that others recorded. */
  replay: PlanPath.optional(),
  format: RecordedFormat.optional(),
  /** Sent as `model`; '' sends the agent's name. */
  model: UpstreamModel.optional(),
  apiKeyFrom: KeyVariable.optional(),
  promptUsdPerMillion: UsdPerMillion.optional(),
  completionUsdPerMillion: UsdPerMillion.optional(),
  cachedPromptUsdPerMillion: UsdPerMillion.optional(),
  /** Answers that a gate recorded in a file. */
  file: PlanPath.optional(),
  /** The answers that `--record` last left for the agent. */
  registry: z.literal(true).optional(),
});
type Written = z.infer<typeof Written>;

/** Prices of tokens; null where the answers are to say what they cost, if anything. */
type Prices = { promptUsdPerMillion: number; completionUsdPerMillion: number; cachedPromptUsdPerMillion: number };
type Called = { url: string; model: string; apiKeyFrom: string | null; prices: Prices | null };

/** Whence answers come. */
export type GateTarget =
  | ({ kind: 'url' } & Called)
  | ({
      kind: 'command';
      command: readonly string[];
      readyUrl: string;
      readyTimeoutMs: number;
      env: Readonly<Record<string, string>>;
      cwd: string | null;
    } & Called)
  | { kind: 'version'; version: string; apiKeyFrom: string | null }
  | { kind: 'replay'; folder: string; format: z.infer<typeof RecordedFormat> | null; prices: Prices | null };

/** `same`: the candidate once more, asked anew, which tells how far its answers differ by chance. */
export type GateBaseline = GateTarget | { kind: 'file'; file: string } | { kind: 'registry' } | { kind: 'same' };

const READY_TIMEOUT_MS = 60_000;
const PRICES = ['promptUsdPerMillion', 'completionUsdPerMillion', 'cachedPromptUsdPerMillion'] as const;
const CALLED = ['model', 'apiKeyFrom', ...PRICES] as const;

/** By what says where answers come from: what may stand beside it. */
const BESIDE: Readonly<Record<string, readonly (keyof Written)[]>> = {
  command: ['url', 'readyUrl', 'readyTimeout', 'env', 'cwd', ...CALLED],
  url: CALLED,
  version: ['apiKeyFrom'],
  replay: ['format', ...PRICES],
  file: [],
  registry: [],
};

const pricesOf = (written: Written): Prices | null => {
  if (PRICES.every((price) => written[price] === undefined)) return null;
  const { promptUsdPerMillion = 0, completionUsdPerMillion = 0 } = written;
  const { cachedPromptUsdPerMillion = promptUsdPerMillion } = written;
  return { promptUsdPerMillion, completionUsdPerMillion, cachedPromptUsdPerMillion };
};

const calledOf = (url: string, written: Written): Called => ({
  url,
  model: written.model ?? '',
  apiKeyFrom: written.apiKeyFrom ?? null,
  prices: pricesOf(written),
});

/** An agent that is started answers under `/v1` of where it says that it is ready, unless told otherwise. */
const commandOf = (command: readonly string[], written: Written): GateTarget | string => {
  const { readyUrl = written.url, readyTimeout = READY_TIMEOUT_MS, env = {}, cwd = null } = written;
  if (readyUrl === undefined) return 'needs with its command a readyUrl that answers once it is ready';
  const called = calledOf(written.url ?? new URL('/v1', readyUrl).href, written);
  return { kind: 'command', command, readyUrl, readyTimeoutMs: readyTimeout, env, cwd, ...called };
};

const sourceOf = (written: Written, main: string): GateBaseline | string => {
  const { url, command, version, replay, format = null, file } = written;
  if (command !== undefined) return commandOf(command, written);
  if (url !== undefined) return { kind: 'url', ...calledOf(url, written) };
  if (version !== undefined) return { kind: 'version', version, apiKeyFrom: written.apiKeyFrom ?? null };
  if (replay !== undefined) return { kind: 'replay', folder: replay, format, prices: pricesOf(written) };
  if (file !== undefined) return { kind: 'file', file };
  return main === 'registry' ? { kind: 'registry' } : `has no ${main}`;
};

/** What is written, or in words why it says nothing. */
const read = (written: Written, sources: readonly string[]): GateBaseline | string => {
  const given = Object.keys(written);
  const [main, ...others] = sources.filter((source) => given.includes(source));
  if (main === undefined) return `needs one of ${sources.join(', ')}`;
  const beside = BESIDE[main] ?? [];
  const strange = [...others, ...given].find((field) => field !== main && !beside.includes(field as keyof Written));
  return strange === undefined ? sourceOf(written, main) : `has ${strange}, which has no place beside ${main}`;
};

const SOURCES = ['command', 'url', 'version', 'replay'] as const;

/** One of `url`, `command`, `version` and `replay`, with what goes with it. */
export const Candidate = Written.transform((written, context): GateTarget => {
  const target = read(written, SOURCES);
  if (typeof target !== 'string') return target as GateTarget;
  context.issues.push({ code: 'custom', message: target, input: written });
  return z.NEVER;
});

/** The same, or answers that a gate recorded (`file`, `registry`), or the word `same`. */
export const Baseline = z
  .union([z.literal('same'), Written], {
    error: ({ input }) =>
      typeof input === 'string' ? 'is no text but `same`; else give url, file or another' : undefined,
  })
  .transform((written, context): GateBaseline => {
    if (written === 'same') return { kind: 'same' };
    const target = read(written, [...SOURCES, 'file', 'registry']);
    if (typeof target !== 'string') return target;
    context.issues.push({ code: 'custom', message: target, input: written });
    return z.NEVER;
  });
