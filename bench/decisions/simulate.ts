import type { Promotion } from '../../controller/rollout/strategy.ts';
import type { Contest } from './contest.ts';
import { seedOf } from './draws.ts';
import { createSharedWorld, type JudgeShare } from './judge-share.ts';
import { informationOf, klBound, NEEDED } from './kl-bound.ts';
import { createOurs, startedAgent } from './ours.ts';
import { flagger } from './peers/flagger.ts';
import { kayenta } from './peers/kayenta.ts';
import { msprt } from './peers/msprt.ts';
import { thresholds } from './peers/thresholds.ts';
import { rowsOf } from './rows.ts';
import { excessOf, type MetricName, METRICS, PLANNED_MINUTES, type ScenarioName, SCENARIOS } from './scenarios.ts';
import { median, wilson } from './wilson.ts';
import type { Minute } from './world.ts';

const PEERS = { thresholds, flagger, kayenta, msprt };
export const METHODS = ['ours', ...(Object.keys(PEERS) as (keyof typeof PEERS)[])] as const;
export type MethodName = (typeof METHODS)[number];
export const PROMOTIONS: readonly Promotion[] = ['timer', 'prove', 'budget'];

export type MetricCount = 1 | 2 | 4;

export type Simulation = {
  scenario: ScenarioName;
  method: MethodName;
  /** Requests a minute, both arms together. */
  rate: number;
  rollouts: number;
  seed: number;
  /** 1: the metric concerned alone; 2: those that the judge scores; 4: all. */
  metrics: MetricCount;
  /** Of ours; the peers follow the timer. */
  promotion: Promotion;
  /** How much the judge scores. */
  share: JudgeShare;
};

/** How one rollout ended; plain data. Minutes and requests count from when the candidate begins to differ, of A/A from the start. */
export type Ended = {
  how: 'rolled_back' | 'promoted' | 'open';
  minutes: number;
  candidateRequests: number;
  information: number;
  /** Bad answers expected beyond what stable would have given. */
  harm: number;
};

/** Under `prove` and `budget` a rollout may last this long; what is not over by then is counted as open. */
export const MAX_MINUTES = 1_440;

export const watchedMetrics = ({ scenario, metrics }: Pick<Simulation, 'scenario' | 'metrics'>): MetricName[] =>
  metrics === 1 ? [SCENARIOS[scenario].metric] : metrics === 2 ? ['task_success', 'quality'] : [...METRICS];

const contestMaker = (simulation: Simulation): (() => Contest<Minute>) => {
  const metrics = watchedMetrics(simulation);
  if (simulation.method !== 'ours') {
    const peer = PEERS[simulation.method];
    return () => peer(metrics);
  }
  const begun = startedAgent(
    metrics.map((name) => ({ name })),
    simulation.promotion,
  );
  return () => createOurs(begun, rowsOf(metrics));
};

const playOne = (simulation: Simulation, contest: Contest<Minute>, seed: number): Ended => {
  const { rate, share } = simulation;
  const scenario = SCENARIOS[simulation.scenario];
  // A share that goes by slow answers must see latencies, also where no rule does.
  const metrics = share === 'slow' ? METRICS : watchedMetrics(simulation);
  const world = createSharedWorld(scenario, { rate, metrics, seed, share });
  const isTimed = simulation.method !== 'ours' || simulation.promotion === 'timer';
  const lastMinute = isTimed ? PLANNED_MINUTES : MAX_MINUTES;
  const excess = excessOf(scenario);
  let [candidateRequests, information] = [0, 0];
  for (let minute = 0; minute < lastMinute; minute++) {
    const weightPct = contest.weightPct();
    const seen = world(minute, weightPct);
    if (minute >= scenario.onsetMinute) candidateRequests += seen.candidate.requests;
    information += informationOf(scenario, minute, weightPct, rate);
    const outcome = contest.take(seen);
    if (outcome !== 'running' || minute === lastMinute - 1)
      return {
        how: outcome === 'running' ? 'open' : outcome,
        minutes: minute + 1 - scenario.onsetMinute,
        candidateRequests,
        information,
        harm: candidateRequests * excess,
      };
  }
  throw new RangeError('a rollout needs at least one minute');
};

export type Summary = {
  scenario: ScenarioName;
  method: MethodName;
  rate: number;
  rollouts: number;
  /** Of A/A the false alarms, else what was found; of `late` only after the change. */
  rollbackRate: number;
  /** To the rollback, of those rolled back. */
  medianMinutes: number | null;
  medianCandidateRequests: number | null;
  /** Information used by the median rollback, of what the bound asks for. */
  klRatio: number | null;
  seed: number;
  metrics: MetricCount;
  promotion: Promotion;
  share: JudgeShare;
  rollbackInterval: [number, number];
  /** Rolled back before the candidate differed. */
  earlyRate: number;
  promotionRate: number;
  promotionInterval: [number, number];
  medianPromotionMinutes: number | null;
  openRate: number;
  meanHarm: number;
  boundMinutes: number | null;
  boundCandidateRequests: number | null;
};

export type Range = { from: number; to: number };

/** Plays the rollouts from one number up to another. Each has its own seed, so that ranges may be played apart. */
export const playRange = (
  simulation: Simulation,
  { from, to }: Range,
  progress: (done: number) => void = () => {},
): Ended[] => {
  const newContest = contestMaker(simulation);
  return Array.from({ length: to - from }, (_, i) => {
    const ended = playOne(simulation, newContest(), seedOf(simulation.seed, from + i));
    progress(i + 1);
    return ended;
  });
};

/** Plays all rollouts; the same simulation gives the same summary. */
export const simulate = (simulation: Simulation): Summary =>
  summarise(simulation, playRange(simulation, { from: 0, to: simulation.rollouts }));

/** What all rollouts, in order of their numbers, come to. */
export const summarise = (simulation: Simulation, ended: readonly Ended[]): Summary => {
  const { scenario, method, rate, rollouts, seed, metrics, promotion, share } = simulation;
  const stopped = ended.filter(({ how }) => how === 'rolled_back');
  const found = stopped.filter(({ minutes }) => minutes > 0);
  const promoted = ended.filter(({ how }) => how === 'promoted');
  const bound = klBound(SCENARIOS[scenario], rate);
  const used = median(found.map(({ information }) => information));
  return {
    scenario,
    method,
    rate,
    rollouts,
    rollbackRate: round(found.length / rollouts, 5),
    medianMinutes: median(found.map(({ minutes }) => minutes)),
    medianCandidateRequests: median(found.map(({ candidateRequests }) => candidateRequests)),
    klRatio: bound === null || used === null ? null : round(used / NEEDED, 3),
    seed,
    metrics,
    promotion: method === 'ours' ? promotion : 'timer',
    share,
    rollbackInterval: rounded(wilson(found.length, rollouts)),
    earlyRate: round((stopped.length - found.length) / rollouts, 5),
    promotionRate: round(promoted.length / rollouts, 5),
    promotionInterval: rounded(wilson(promoted.length, rollouts)),
    medianPromotionMinutes: median(promoted.map(({ minutes }) => minutes)),
    openRate: round(ended.filter(({ how }) => how === 'open').length / rollouts, 5),
    meanHarm: round(ended.reduce((sum, { harm }) => sum + harm, 0) / rollouts, 2),
    boundMinutes: bound === null ? null : round(bound.minutes, 2),
    boundCandidateRequests: bound === null ? null : Math.round(bound.candidateRequests),
  };
};

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
const rounded = ([low, high]: [number, number]): [number, number] => [round(low, 5), round(high, 5)];
