import { z } from 'zod';
import { EpochMs, Int } from './envelope.ts';
import { FallbackStatus } from './fallback-on.ts';
import { MAX_REPLAYED_PATHS } from './http-spec.ts';
import { JsonPointer } from './json-pointer.ts';
import { BoundedEvent, MAX_DECLARED_EVENTS } from './own-event.ts';
import { MAX_OWN_METRICS, MetricName, OwnMetric } from './own-metric.ts';
import { PlainUrl } from './plain-url.ts';
import {
  Arm,
  FallbackVersion,
  Flag,
  Match,
  MAX_SLICE_VALUES,
  Name,
  RoutingView,
  Rules,
  Version,
} from './routing-view.ts';

/** An exchange id has four bytes for the sequence, and one for the length of each name. */
const MAX_SEQUENCE = 2 ** 32 - 1;
const MAX_TEXT_CHARACTERS = 255;
const MAX_URL_CHARACTERS = 2_048;
const MAX_VALUE_CHARACTERS = 1_024;
const MAX_NAMED = 32;
const MAX_LISTED = 1_000;
const MAX_LISTED_SUBJECTS = 10_000;
const MAX_ARMS = 16;
/** As far as a date can be told (ECMA-262, section 21.4.1.1). */
const MAX_DATE_MS = 8_640_000_000_000_000;
/** Of a view as JSON. A decision's record carries it, and the document that led to it, in a megabyte. */
export const MAX_VIEW_CHARACTERS = 512 * 1_024;
export const MAX_VERSIONS = 1_000;
export const MAX_RULES = 100;
export const MAX_SLICES = 32;

const Text = z.string().max(MAX_TEXT_CHARACTERS);
const Listed = z.array(Text).max(MAX_LISTED);
const Percent = z.number().min(0).max(100);
const PerSecond = z.number().nonnegative().max(1e6);
/** What the upstream is sent as `model`. */
export const UpstreamModel = Text;
export const UsdPerMillion = z.number().nonnegative().max(1e6);
export const Upstream = PlainUrl.max(MAX_URL_CHARACTERS);
/** OpenAI's own limits of metadata's keys and values. */
export const SliceLabel = z.string().min(1).max(64);
export const SliceValues = z.array(z.string().max(512)).max(MAX_SLICE_VALUES);
export const BetaSubjects = z.array(Text).max(MAX_LISTED_SUBJECTS).default([]);
/** `name#sequence` of its document; '' of none. */
const RolloutId = z
  .string()
  .regex(/^(?:[a-z0-9][a-z0-9._-]{0,62}(?:#\d{1,10})?)?$/i, 'a rollout’s name#sequence, or nothing');

const ValuesByName = z
  .record(Text, z.array(z.string().max(MAX_VALUE_CHARACTERS)).max(MAX_LISTED))
  .refine((byName) => Object.keys(byName).length <= MAX_NAMED, `has more than ${MAX_NAMED} names`)
  .default({});

export const BoundedMatch = Match.extend({
  name: Text.default(''),
  subjects: Listed.default([]),
  groups: Listed.default([]),
  headers: ValuesByName,
  claims: ValuesByName,
});
const Matches = z.array(BoundedMatch).max(MAX_RULES).default([]);
export const BoundedFallback = FallbackVersion.extend({ weight: z.number().positive().max(1e6).default(1) });

const BoundedVersion = Version.extend({
  id: Text,
  upstream: Upstream,
  promptUsdPerMillion: UsdPerMillion,
  completionUsdPerMillion: UsdPerMillion,
  cachedPromptUsdPerMillion: UsdPerMillion.nullable().default(null),
  upstreamModel: UpstreamModel.default(''),
});
const BoundedRules = Rules.extend({
  betaSubjects: BetaSubjects,
  beta: Matches,
  segments: Matches,
  fallbacks: z.array(z.array(BoundedFallback).min(1).max(MAX_VERSIONS)).max(MAX_RULES).default([]),
  fallbackOn: z.array(FallbackStatus).max(MAX_RULES).default(Rules.shape.fallbackOn.parse(undefined)),
});
const HttpProtocol = z.object({
  requestPath: JsonPointer.default(''),
  answerPath: JsonPointer.default(''),
  replay: z.array(z.string().max(MAX_URL_CHARACTERS)).max(MAX_REPLAYED_PATHS).default([]),
});

/**
 * A routing view that a front door takes. It is used with every request: its names go into exchange ids, headers, metrics and
 * journal records, its addresses are called, its rules are asked. So everything in it is bounded, and documents, which
 * views are made of, are bounded by the same. The log's own contract (`RoutingView`) is wider: decisions are kept for
 * ever, and one that could not be read would end its agent.
 */
export const ServableView: z.ZodType<RoutingView> = RoutingView.extend({
  sequence: Int.positive().max(MAX_SEQUENCE),
  rollout: RolloutId,
  salt: Text,
  arms: z
    .array(Arm.extend({ upstream: Upstream }))
    .min(1)
    .max(MAX_ARMS),
  versions: z.array(BoundedVersion).max(MAX_VERSIONS),
  rules: BoundedRules,
  flags: z
    .array(Flag.extend({ match: BoundedMatch.nullable().default(null) }))
    .max(MAX_RULES)
    .default([]),
  shadow: z
    .object({ arm: Name, version: Name, sharePct: Percent, noiseSharePct: Percent, maxPerSecond: PerSecond })
    .nullable(),
  http: HttpProtocol.nullable().default(null),
  judging: z.object({ candidatePct: Percent, stablePct: Percent }).nullable().default(null),
  judgedPct: Percent.default(100),
  slices: z.array(z.object({ label: SliceLabel, values: SliceValues })).max(MAX_SLICES),
  metrics: z
    .array(OwnMetric.extend({ name: MetricName }))
    .max(MAX_OWN_METRICS)
    .default([]),
  events: z.array(BoundedEvent).max(MAX_DECLARED_EVENTS).default([]),
  issuedAt: EpochMs.max(MAX_DATE_MS),
});
