/** What is simulated: how the candidate differs from stable, and what makes it hard to see. */
export const METRICS = ['error_rate', 'task_success', 'quality', 'latency'] as const;
export type MetricName = (typeof METRICS)[number];

/** How one version behaves: shares of failed requests and failed tasks, the mean score, a factor on a log-normal latency. */
export type Behaviour = { error: number; failure: number; quality: number; slower: number };

export const STABLE: Behaviour = { error: 0.01, failure: 0.05, quality: 0.8, slower: 1 };
/** Of a single score, in every version. */
export const QUALITY_VARIANCE = 0.0288;
/** Of the logarithm of a latency. */
export const LATENCY_SIGMA = 0.972;
/** Judged answers in an arm and minute. */
export const MAX_ITEMS_PER_MINUTE = 20;

export type Scenario = {
  candidate: Partial<Behaviour>;
  /** The one that differs; of A/A the one watched when only one is. */
  metric: MetricName;
  /** All rates, scores and latencies wander, for both versions alike. */
  drifts: boolean;
  errors: 'independent' | 'bursty' | 'sticky';
  /** From this minute on the candidate differs. */
  onsetMinute: number;
};

const same: Scenario = { candidate: {}, metric: 'error_rate', drifts: false, errors: 'independent', onsetMinute: 0 };
const worse = (metric: MetricName, candidate: Partial<Behaviour>): Scenario => ({
  ...same,
  candidate,
  metric,
  drifts: true,
});

export const SCENARIOS = {
  aa: same,
  'aa-drift': { ...same, drifts: true },
  'aa-bursty': { ...same, errors: 'bursty' },
  'sticky-heterogeneous': { ...same, errors: 'sticky' },
  'err-1-3': worse('error_rate', { error: 0.03 }),
  'err-1-2': worse('error_rate', { error: 0.02 }),
  'q-80-76': worse('quality', { quality: 0.76 }),
  'q-80-78': worse('quality', { quality: 0.78 }),
  'p99-1.5': worse('latency', { slower: 1.5 }),
  'success-95-90': worse('task_success', { failure: 0.1 }),
  late: { ...worse('error_rate', { error: 0.03 }), onsetMinute: 60 },
} as const satisfies Record<string, Scenario>;
export type ScenarioName = keyof typeof SCENARIOS;
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];

export const isSame = (scenario: Scenario): boolean => Object.keys(scenario.candidate).length === 0;

/** The plan that the timer follows: the weight is the candidate's share in percent, 5 % stay on stable at last. */
export const STAGES = [
  { weightPct: 5, minutes: 30 },
  { weightPct: 25, minutes: 60 },
  { weightPct: 50, minutes: 120 },
  { weightPct: 95, minutes: 120 },
] as const;
export const PLANNED_MINUTES = STAGES.reduce((sum, { minutes }) => sum + minutes, 0);

export const plannedWeightPct = (minute: number): number => {
  let end = 0;
  for (const stage of STAGES) {
    end += stage.minutes;
    if (minute < end) return stage.weightPct;
  }
  return STAGES[STAGES.length - 1]!.weightPct;
};

/** Stable's p99, exceeded by 1 % of its answers and, 1.5 times slower, by 2.81 %. */
export const STABLE_P99_SECONDS = Math.exp(2.3263478740408408 * LATENCY_SIGMA);
export const EXCEEDED = { stable: 0.01, candidate: 0.0281 } as const;

/** Bad answers per candidate request beyond what stable would give, in the metric that differs (of quality: points of score). */
export const excessOf = ({ candidate, metric }: Scenario): number => {
  const given = { ...STABLE, ...candidate };
  switch (metric) {
    case 'error_rate':
      return given.error - STABLE.error;
    case 'task_success':
      return given.failure - STABLE.failure;
    case 'quality':
      return STABLE.quality - given.quality;
    default:
      return given.slower === 1 ? 0 : EXCEEDED.candidate - EXCEEDED.stable;
  }
};
