import { SUBJECT_BUCKETS } from '../../schemas/exchange.ts';
import { poisson, type Random } from './draws.ts';

/**
 * Errors that are not independent of each other, although both versions are the same: bursts of one user's retries, and a
 * fixed crowd of users of whom a few fail often. Whoever it is stays in one arm, by a hash.
 */

/** Half of all errors come in bursts: a user retries for three minutes, four times a minute on average. */
const BURST_MINUTES = 3;
const RETRIES_PER_MINUTE = 4;
export const BURSTY_SHARE = 0.5;

type Burst = { draw: number; bucket: number; minutesLeft: number };
export type Retries = { candidate: number[]; stable: number[] };

/** Failed requests by arm and subject bucket, minute by minute; `perMinute` is how many to expect in both arms together. */
export const createBursts = (random: Random, perMinute: number): ((weight: number) => Retries) => {
  const startsPerMinute = perMinute / (BURST_MINUTES * RETRIES_PER_MINUTE);
  let bursts: Burst[] = [];
  return (weight) => {
    for (let i = poisson(random, startsPerMinute); i > 0; i--)
      bursts.push({
        draw: random(),
        bucket: Math.floor(random() * SUBJECT_BUCKETS),
        minutesLeft: BURST_MINUTES,
      });
    const retries: Retries = { candidate: emptyBuckets(), stable: emptyBuckets() };
    for (const burst of bursts) {
      burst.minutesLeft -= 1;
      retries[burst.draw < weight ? 'candidate' : 'stable'][burst.bucket]! += poisson(random, RETRIES_PER_MINUTE);
    }
    bursts = bursts.filter(({ minutesLeft }) => minutesLeft > 0);
    return retries;
  };
};

const EMPTY: readonly number[] = Array.from({ length: SUBJECT_BUCKETS }, () => 0);
export const emptyBuckets = (): number[] => EMPTY.slice();

const SUBJECTS = 2_000;
const FRAIL_SHARE = 0.04;
/** Of a frail subject's requests and tasks, the share that fails. */
const FRAIL = { error: 0.24, failure: 0.8 };

/** One arm's crowd: its size, how its requests and tasks fail on average, and cumulated by bucket where the failures lie. */
export type Crowd = {
  size: number;
  error: number;
  failure: number;
  errorsByBucket: readonly number[];
  failuresByBucket: readonly number[];
};
export type Crowds = { candidate: Crowd; stable: Crowd };

/** 2,000 subjects of whom 4 % fail often, equally busy; the shares given are those of all together. */
export const createCrowd = (
  random: Random,
  { error, failure }: { error: number; failure: number },
): ((weight: number) => Crowds) => {
  const subjects = Array.from({ length: SUBJECTS }, () => ({
    draw: random(),
    isFrail: random() < FRAIL_SHARE,
    bucket: Math.floor(random() * SUBJECT_BUCKETS),
  }));
  const sound = {
    error: (error - FRAIL_SHARE * FRAIL.error) / (1 - FRAIL_SHARE),
    failure: (failure - FRAIL_SHARE * FRAIL.failure) / (1 - FRAIL_SHARE),
  };
  const crowdOf = (isMember: (draw: number) => boolean): Crowd => {
    const members = subjects.filter(({ draw }) => isMember(draw));
    const errors = emptyBuckets();
    const failures = emptyBuckets();
    for (const { isFrail, bucket } of members) {
      const own = isFrail ? FRAIL : sound;
      errors[bucket]! += own.error;
      failures[bucket]! += own.failure;
    }
    const size = Math.max(1, members.length);
    const cumulated = (weights: number[]): number[] => {
      let sum = 0;
      return weights.map((weight) => (sum += weight));
    };
    const [errorsByBucket, failuresByBucket] = [cumulated(errors), cumulated(failures)];
    return {
      size: members.length,
      error: errorsByBucket.at(-1)! / size,
      failure: failuresByBucket.at(-1)! / size,
      errorsByBucket,
      failuresByBucket,
    };
  };
  const known = new Map<number, Crowds>();
  return (weight) => {
    const crowds = known.get(weight) ?? {
      candidate: crowdOf((draw) => draw < weight),
      stable: crowdOf((draw) => draw >= weight),
    };
    known.set(weight, crowds);
    return crowds;
  };
};
