import type { Score } from '../../schemas/score.ts';
import type { WindowKey } from '../../schemas/window.ts';

/** What one event says of one arm: whose windows it belongs to, and what was observed of each metric. */
export type Contribution = Omit<WindowKey, 'metric' | 'slice' | 'startMs'> & {
  /** Each label and value is a slice beside the whole. */
  slices: Readonly<Record<string, string>>;
  subjectBucket: number;
  exchangeId: string;
  observed: readonly Observed[];
};

/**
 * `delta` = shadow − live; null where there was no live value, and always for live answers. `judge`: `scorer@version` of a judge model's
 * score. `notApplicableTo` is that of a score; what is no score has none.
 */
export type Observed = {
  metric: string;
  judge?: string;
  notApplicableTo?: Score['notApplicableTo'];
  /** Of what may count several times of one exchange: how often, and a name that it has again when the same is said again. */
  several?: { perExchange: number; id: string };
} & ({ status: 'scored'; value: number; delta: number | null } | { status: 'error' } | { status: 'not_applicable' });

/** Why an event has no part in any window, though nothing is wrong with it. */
export type IgnoredReason =
  | 'not_random'
  | 'not_evidence'
  | 'measured_elsewhere'
  | 'nothing_measured'
  | 'advisory'
  | 'too_late';

export type Described = readonly Contribution[] | IgnoredReason;
