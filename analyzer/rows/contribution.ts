import type { WindowKey } from '../../schemas/window.ts';

/** What one event says of one metric: whose window it belongs to, and what was observed. */
export type Contribution = Omit<WindowKey, 'slice' | 'startMs'> & {
  /** Each label and value is a slice beside the whole. */
  slices: Readonly<Record<string, string>>;
  subjectBucket: number;
  exchangeId: string;
  /** Of a judge model's score: `scorer@version`. */
  judge?: string;
  observed: Observed;
};

/** `delta` = shadow − live; null where there was no live value, and always for live answers. */
export type Observed =
  | { status: 'scored'; value: number; delta: number | null }
  | { status: 'error' }
  | { status: 'not_applicable' };

/** Why an event has no part in any window, though nothing is wrong with it. */
export type IgnoredReason = 'not_random' | 'not_evidence' | 'measured_elsewhere' | 'nothing_measured' | 'advisory';

export type Described = readonly Contribution[] | IgnoredReason;
