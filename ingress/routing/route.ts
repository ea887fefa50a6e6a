import { hash } from 'node:crypto';
import { SUBJECT_BUCKETS } from '../../schemas/exchange.ts';
import type { Assignment } from '../../schemas/exchange.ts';
import { OTHER } from '../../schemas/routing-view.ts';
import type { Flag, Match, RoutingView, Version } from '../../schemas/routing-view.ts';
import { remembered } from '../protocol/remembered.ts';
import { matches } from './match.ts';
import type { Caller } from './match.ts';

const STABLE = 'stable';
const TWO_48 = 2 ** 48;

/** An arm and the version behind it. `arm` is '' for a pinned version that no arm serves. */
export type Target = { arm: string; version: Version };

/** A routing view in the form that `route` needs, made once per view. */
export type RoutingPlan = {
  view: RoutingView;
  /** Arms other than the resting one, in the view's order, each with the upper edge of its range of [0, 100). */
  drawn: readonly { target: Target; upTo: number }[];
  /** Who takes the rest of the range, and answers for an arm that fails: `stable`, else the last arm. */
  resting: Target;
  /** Those who get the first drawn arm of any weight without a draw. */
  beta: { subjects: ReadonlySet<string>; matches: readonly Match[]; target: Target } | null;
  flags: readonly { flag: Flag; target: Target }[];
  fallbacks: readonly { total: number; targets: readonly { target: Target; upTo: number }[] }[];
  versions: ReadonlyMap<string, Target>;
  arms: ReadonlyMap<string, Target>;
  /** The arms that get traffic: a conversation stays with its version only as long as that is one of these. */
  serving: ReadonlySet<Target>;
  /** Labels of all versions that may get a request without being asked for. */
  answering: ReadonlySet<string>;
  /** The most bytes that the names of a version and of an arm take together: exchange ids of all are as long. */
  namesBytes: number;
  /** The bucket of a caller who is known by key or address. */
  bucketOf: (known: string) => number;
};

/** What a request asks for by itself: a version or an arm by name, or the version that its conversation began with. */
export type Wish = { version: string | null; arm: string | null; begunWith: string | null };
export const NO_WISH: Wish = { version: null, arm: null, begunWith: null };

export type Route = {
  assignment: Exclude<Assignment, 'fallback' | 'override'>;
  target: Target;
  /** Whether others may answer if the target fails before its first byte. */
  mayFallBack: boolean;
  /** Of whoever the caller is for certain. */
  subjectBucket: number;
  /** In [0, 1), independent of place and bucket: which version of a fallback step answers this subject. */
  spread: number;
};

/** Everyone's share of a range from 0 upwards. */
const stacked = (entries: readonly { target: Target; weight: number }[]): { target: Target; upTo: number }[] => {
  let upTo = 0;
  return entries.map(({ target, weight }) => ({ target, upTo: (upTo += weight) }));
};

const targetsOf = (view: RoutingView): { weight: number; target: Target }[] => {
  const byLabel = new Map(view.versions.map((version) => [version.label, version]));
  return view.arms.map((arm) => {
    const known = byLabel.get(arm.version);
    const priced = known ?? {
      label: arm.version,
      id: '',
      promptUsdPerMillion: 0,
      completionUsdPerMillion: 0,
      cachedPromptUsdPerMillion: null,
      upstreamModel: '',
    };
    return { weight: arm.weight, target: { arm: arm.name, version: { ...priced, upstream: arm.upstream } } };
  });
};

const betaOf = (view: RoutingView, target: Target | undefined): RoutingPlan['beta'] => {
  const { betaSubjects, beta } = view.rules;
  if (target === undefined || betaSubjects.length + beta.length === 0) return null;
  return { subjects: new Set(betaSubjects), matches: beta, target };
};

const longest = (names: readonly string[]): number => Math.max(0, ...names.map((name) => Buffer.byteLength(name)));

export const planOf = (view: RoutingView): RoutingPlan => {
  const targets = targetsOf(view);
  const resting = targets.find(({ target }) => target.arm === STABLE) ?? targets.at(-1)!;
  const others = targets.filter((entry) => entry !== resting);
  const versions = new Map(
    view.versions.map((version) => {
      const served = targets.find(({ target }) => target.version.label === version.label);
      return [version.label, served?.target ?? { arm: '', version }];
    }),
  );
  const known = (label: string): Target[] => {
    const target = versions.get(label);
    return target === undefined ? [] : [target];
  };
  const serving = targets.filter(({ weight }) => weight > 0).map(({ target }) => target);
  const flags = view.flags.flatMap((flag) => known(flag.version).map((target) => ({ flag, target })));
  const inChain = view.rules.fallbacks.flat().flatMap(({ version }) => known(version));
  const answering = [resting.target, ...serving, ...flags.map(({ target }) => target), ...inChain];
  return {
    view,
    drawn: stacked(others),
    resting: resting.target,
    beta: betaOf(view, others.find(({ weight }) => weight > 0)?.target),
    flags,
    fallbacks: view.rules.fallbacks.map((step) => {
      const stack = stacked(
        step.flatMap(({ version, weight }) => known(version).map((target) => ({ target, weight }))),
      );
      return { total: stack.at(-1)?.upTo ?? 0, targets: stack };
    }),
    versions,
    arms: new Map(targets.map(({ target }) => [target.arm, target])),
    serving: new Set(serving),
    answering: new Set(answering.map(({ version }) => version.label)),
    namesBytes:
      longest([...view.versions.map(({ label }) => label), ...view.arms.map(({ version }) => version)]) +
      longest(view.arms.map(({ name }) => name)),
    // Keys and addresses are few and ask often, other than the users that they name.
    bucketOf: remembered((known: string) => drawSubject(view.agent, view.salt, known).bucket),
  };
};

/**
 * A subject's place in [0, 100), its statistical bucket and its spread, from three parts of one SHA-256 that share no
 * bits. The place is the same in every ingress for as long as the salt is.
 */
export const drawSubject = (
  agent: string,
  salt: string,
  subject: string,
): { place: number; bucket: number; spread: number } => {
  // In hex, since a Buffer made for it takes longer than the hash.
  const digest = hash('sha256', `${agent}\0${salt}\0${subject}`, 'hex');
  return {
    place: (Number.parseInt(digest.slice(0, 12), 16) / TWO_48) * 100,
    bucket: Number.parseInt(digest.slice(16, 24), 16) % SUBJECT_BUCKETS,
    spread: Number.parseInt(digest.slice(24, 36), 16) / TWO_48,
  };
};

const wishedTarget = (plan: RoutingPlan, wish: Wish): Target | undefined =>
  wish.version === null ? plan.arms.get(wish.arm!) : plan.versions.get(wish.version);

const flagged = (plan: RoutingPlan, caller: Caller): Target | undefined => {
  for (const { flag, target } of plan.flags) {
    if (flag.match !== null && !matches(flag.match, caller)) continue;
    // A draw of its own, so that a flag splits each arm of a rollout alike.
    if (flag.pct >= 100 || drawSubject(plan.view.agent, `flag ${flag.key}`, caller.subject).place < flag.pct)
      return target;
  }
  return undefined;
};

const isBeta = (plan: RoutingPlan, caller: Caller): boolean => {
  const { beta } = plan;
  if (beta === null) return false;
  return beta.subjects.has(caller.known) || beta.matches.some((match) => matches(match, caller));
};

const drawnTarget = (plan: RoutingPlan, place: number): Target => {
  for (const arm of plan.drawn) if (place < arm.upTo) return arm.target;
  return plan.resting;
};

const assign = (
  plan: RoutingPlan,
  caller: Caller,
  begunWith: string | null,
  place: number,
): Pick<Route, 'assignment' | 'target'> => {
  if (isBeta(plan, caller)) return { assignment: 'beta', target: plan.beta!.target };
  const flag = plan.flags.length === 0 ? undefined : flagged(plan, caller);
  if (flag !== undefined) return { assignment: 'flag', target: flag };
  const { segments } = plan.view.rules;
  const isOutside = segments.length > 0 && !segments.some((segment) => matches(segment, caller));
  const target = isOutside ? plan.resting : drawnTarget(plan, place);
  const begun = begunWith === null ? undefined : plan.versions.get(begunWith);
  const isElsewhere = begun !== undefined && begun.version.label !== target.version.label;
  if (isElsewhere && plan.serving.has(begun)) return { assignment: 'affinity', target: begun };
  if (isOutside) return { assignment: 'outside', target };
  return { assignment: segments.length > 0 ? 'segment' : 'weight', target };
};

/**
 * Who serves this caller. In order: the version or arm it asks for, the beta list, the flags, the version that its
 * conversation began with, the weights (among the rollout's segments, if it has any). The drawn arms lie from 0 upwards
 * and the resting arm above them, so raising the candidate's weight only adds subjects to it and lowering only removes.
 * An arm of weight 0 gets nobody, not even beta users. Undefined when a version or arm is asked for that is not there.
 */
export const route = (plan: RoutingPlan, caller: Caller, wish: Wish): Route | undefined => {
  const { agent, salt } = plan.view;
  const { place, bucket, spread } = drawSubject(agent, salt, caller.subject);
  const subjectBucket = caller.known === caller.subject ? bucket : plan.bucketOf(caller.known);
  if (wish.version !== null || wish.arm !== null) {
    const target = wishedTarget(plan, wish);
    return target && { assignment: 'pin', target, mayFallBack: false, subjectBucket, spread };
  }
  const { assignment, target } = assign(plan, caller, wish.begunWith, place);
  return { assignment, target, mayFallBack: true, subjectBucket, spread };
};

/** Who may answer next when all of `tried` failed this request: the resting arm, then the steps of the fallback chain. */
export const nextTarget = (plan: RoutingPlan, chosen: Route, tried: readonly Target[]): Target | null => {
  if (!chosen.mayFallBack) return null;
  if (!tried.includes(plan.resting)) return plan.resting;
  for (const { total, targets } of plan.fallbacks) {
    const target = targets.find(({ upTo }) => chosen.spread * total < upTo)?.target;
    if (target !== undefined && !tried.includes(target)) return target;
  }
  return null;
};

/**
 * Whether a connection's version went out of service: none of the agent's arms that get traffic has it any more. Whoever asked
 * for the version by itself, or got it as a fallback without an arm, keeps it for as long as there is that version.
 */
export const isWithdrawn = (plan: RoutingPlan, { assignment }: Route, served: Target): boolean => {
  const { label } = served.version;
  if (assignment === 'pin' || assignment === 'flag' || served.arm === '') return !plan.versions.has(label);
  for (const { version } of plan.serving) if (version.label === label) return false;
  return true;
};

/** `support@v2` → agent and pinned version. */
export const parseModel = (model: string): { agent: string; pin: string | null } => {
  const at = model.indexOf('@');
  return at < 0 ? { agent: model, pin: null } : { agent: model.slice(0, at), pin: model.slice(at + 1) };
};

/** The labels that the agent's allow-list names; a value outside its list is `_other`, a label not given is left out. */
export const slicesOf = (view: RoutingView, metadata: Readonly<Record<string, string>>): Record<string, string> => {
  const slices: Record<string, string> = {};
  for (const { label, values } of view.slices) {
    const value = Object.hasOwn(metadata, label) ? metadata[label] : undefined;
    if (value !== undefined) slices[label] = values.includes(value) ? value : OTHER;
  }
  return slices;
};
