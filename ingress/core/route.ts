import { hash } from 'node:crypto';
import { SUBJECT_BUCKETS } from '../../schemas/exchange.ts';
import { OTHER } from '../../schemas/routing-view.ts';
import type { RoutingView, Version } from '../../schemas/routing-view.ts';

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
  beta: { subjects: ReadonlySet<string>; target: Target } | null;
  versions: ReadonlyMap<string, Target>;
};

export type Route = {
  assignment: 'weight' | 'beta' | 'pin';
  target: Target;
  /** Who answers if the target fails before its first byte; null when nobody else may. */
  fallback: Target | null;
  subjectBucket: number;
};

export const planOf = (view: RoutingView): RoutingPlan => {
  const byLabel = new Map(view.versions.map((version) => [version.label, version]));
  const targets = view.arms.map((arm) => {
    const known = byLabel.get(arm.version);
    const priced = known ?? { label: arm.version, id: '', promptUsdPerMillion: 0, completionUsdPerMillion: 0 };
    return { weight: arm.weight, target: { arm: arm.name, version: { ...priced, upstream: arm.upstream } } };
  });
  const resting = targets.find(({ target }) => target.arm === STABLE) ?? targets.at(-1)!;
  const others = targets.filter((entry) => entry !== resting);
  let upTo = 0;
  const drawn = others.map(({ target, weight }) => ({ target, upTo: (upTo += weight) }));
  const candidate = others.find(({ weight }) => weight > 0);
  const subjects = view.rules.betaSubjects;
  return {
    view,
    drawn,
    resting: resting.target,
    beta: candidate && subjects.length > 0 ? { subjects: new Set(subjects), target: candidate.target } : null,
    versions: new Map(
      view.versions.map((version) => {
        const served = targets.find(({ target }) => target.version.label === version.label);
        return [version.label, served?.target ?? { arm: '', version }];
      }),
    ),
  };
};

/**
 * A subject's place in [0, 100) and its statistical bucket, from two parts of one SHA-256 that share no bits.
 * The place is the same in every ingress for as long as the salt is.
 */
export const drawSubject = (agent: string, salt: string, subject: string): { place: number; bucket: number } => {
  const digest = hash('sha256', `${agent}\0${salt}\0${subject}`, 'buffer');
  return { place: (digest.readUIntBE(0, 6) / TWO_48) * 100, bucket: digest.readUInt32BE(8) % SUBJECT_BUCKETS };
};

/**
 * Who serves this subject. A pin wins over the beta list, that over the weights. The drawn arms lie from 0 upwards and
 * the resting arm above them, so raising the candidate's weight only adds subjects to it and lowering only removes.
 * An arm of weight 0 gets nobody, not even beta users. Undefined when the pin names a version the agent doesn't have.
 */
export const route = (plan: RoutingPlan, subject: string, pin: string | null): Route | undefined => {
  const { place, bucket } = drawSubject(plan.view.agent, plan.view.salt, subject);
  if (pin !== null) {
    const target = plan.versions.get(pin);
    return target && { assignment: 'pin', target, fallback: null, subjectBucket: bucket };
  }
  const isBeta = plan.beta?.subjects.has(subject) === true;
  const target = isBeta ? plan.beta!.target : (plan.drawn.find((arm) => place < arm.upTo)?.target ?? plan.resting);
  return {
    assignment: isBeta ? 'beta' : 'weight',
    target,
    fallback: target === plan.resting ? null : plan.resting,
    subjectBucket: bucket,
  };
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
