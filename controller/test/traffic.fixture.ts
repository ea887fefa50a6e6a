import { metricOrRubric } from '../../schemas/metrics.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { binIndex } from '../../schemas/sketch.ts';
import { noValues } from '../../schemas/window.ts';
import { MICRO, type WindowRow } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { EXCHANGES, SCORES } from '../../schemas/topics.ts';

/** How one version behaves in a made-up world. Probabilities of bad events; `latency` multiplies a log-normal second. */
export type Behaviour = {
  error: number;
  /** Failed tasks by category. */
  taskFailure: Record<string, number>;
  empathy: number;
  latency: number;
  /** Answers that say nothing; where it is not said, `empty_answer` has no data. */
  empty?: number;
  /** Answers that call tools, all of them rightly, by category or all alike; where it is not said, `tool_validity` has no data. */
  calls?: number | Record<string, number>;
};

export type World = {
  stable: Behaviour;
  candidate: Behaviour;
  requestsPerWindow: number;
  windowMs: number;
  /** Share of exchanges whose telemetry is lost, by arm. */
  lost?: { stable: number; candidate: number };
  /** Share of scores that fail, by arm. */
  unscored?: { stable: number; candidate: number };
  /** The judge is up and told of its time, but scored nothing. */
  judgeIsMute?: boolean;
  /** Who judges empathy, a rule unless it is said, and the share of each arm's answers that it sees. */
  judge?: { name: string; candidatePct: number; stablePct: number };
  /** A judge that tells what it means to score, by window: the shares of answers that rules and models score, and its lag. */
  share?: (startMs: number) => { rules: number; models?: number; lagMs: number };
  /** Share of the judge's sheets that never come, by arm. */
  unspoken?: { stable: number; candidate: number };
  /** Nothing that is said can be read: no metric of its content applies. */
  isUnread?: boolean;
  /** Share of answers whose bodies the capture policy keeps, by arm. */
  kept?: { stable: number; candidate: number };
  /** Multiplies all failure rates, by window: shared drift. */
  drift?: (startMs: number) => number;
};

export const CATEGORIES = ['simple', 'multiple', 'irrelevance'];

export const randomOf = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

type Arm = 'stable' | 'candidate';
type Answer = {
  bad: boolean;
  failed: boolean;
  empathy: number;
  seconds: number;
  isEmpty: boolean | null;
  calls: boolean | null;
};

const callsIn = ({ calls }: Behaviour, category: string): number | undefined =>
  typeof calls === 'object' ? (calls[category] ?? 0) : calls;

const answer = (behaviour: Behaviour, category: string, drift: number, random: () => number): Answer => ({
  bad: random() < behaviour.error * drift,
  failed: random() < (behaviour.taskFailure[category] ?? 0) * drift,
  empathy: Math.min(1, Math.max(0, behaviour.empathy + 0.4 * (random() - 0.5))),
  seconds: behaviour.latency * Math.exp(0.35 * (random() + random() + random() + random() - 2) * 1.73),
  isEmpty: behaviour.empty === undefined ? null : random() < behaviour.empty,
  calls: behaviour.calls === undefined ? null : random() < (callsIn(behaviour, category) ?? 0),
});

/** Collects rows by key. */
const createRows = (view: RoutingView, startMs: number, windowMs: number) => {
  const rows = new Map<string, WindowRow>();
  const at = (arm: string, kind: WindowRow['kind'], metric: string, slice: string): WindowRow => {
    const key = [arm, kind, metric, slice].join('|');
    const version = view.arms.find((a) => a.name === arm)?.version ?? '';
    const source = kind === 'live' && metricOrRubric(metric).source === 'exchanges' ? EXCHANGES.name : SCORES.name;
    const row = rows.get(key) ?? {
      agent: view.agent,
      rollout: view.rollout,
      routingSequence: view.sequence,
      version,
      arm,
      kind,
      metric,
      slice,
      startMs,
      endMs: startMs + windowMs,
      sourceTopic: source,
      ...noValues(),
      buckets: metricOrRubric(metric).family === 'rate' ? Array.from({ length: 20 }, () => 0) : [],
    };
    rows.set(key, row);
    return row;
  };
  return { rows, at };
};

const addValue = (row: WindowRow, value: number, bucket: number): void => {
  row.count += 1;
  row.sumMicro += Math.round(value * MICRO);
  row.sumSqMicro += Math.round(value * value * MICRO);
  const { family, better } = metricOrRubric(row.metric);
  if (family === 'rate' && (better === 'lower' ? value === 1 : value === 0)) row.buckets[bucket]! += 1;
  if (family === 'measure' && row.slice === ALL) {
    const index = binIndex(value);
    const bin = row.bins.find((b) => b.index === index);
    if (bin === undefined) row.bins.push({ index, count: 1 });
    else bin.count += 1;
    row.bins.sort((a, b) => a.index - b.index);
  }
};

/** An answer that was looked at, by whether its row's metric applies to it. */
const addLooked = (row: WindowRow, applies: boolean, bucket: number): void => {
  const side = applies ? 'applied' : 'notApplied';
  if (row[side].length === 0) row[side] = Array.from({ length: 20 }, () => 0);
  row[side][bucket]! += 1;
  if (!applies) row.notApplicable += 1;
};

/** One window's rows under a routing view, as the analyzer would write them. */
export const windowRows = (world: World, view: RoutingView, startMs: number, random: () => number): WindowRow[] => {
  const { rows, at } = createRows(view, startMs, world.windowMs);
  const drift = world.drift?.(startMs) ?? 1;
  const share = world.share?.(startMs);
  /** What the judge says of an answer, and whether its rules and models score it. */
  const speak = (
    arm: Arm,
    kind: WindowRow['kind'],
    bucket: number,
    isKept = true,
  ): { rules: boolean; models: boolean } => {
    if (world.unspoken !== undefined && random() < world.unspoken[arm]) return { rules: false, models: false };
    if (!isKept) {
      for (const slice of [ALL, 'uncaptured=by_policy']) addValue(at(arm, kind, 'judged', slice), 1, bucket);
      return { rules: false, models: false };
    }
    if (share === undefined) return { rules: true, models: true };
    const place = random();
    const spoken = { rules: place < share.rules, models: place < (share.models ?? share.rules) };
    addValue(at(arm, kind, 'judged', ALL), Number(spoken.rules), bucket);
    if (share.models !== undefined) addValue(at(arm, kind, 'judged_by_models', ALL), Number(spoken.models), bucket);
    const lag = at(arm, kind, 'judge_lag', ALL);
    addValue(lag, share.lagMs / 1_000, bucket);
    lag.maxMicro = Math.max(lag.maxMicro ?? 0, share.lagMs * 1_000);
    return spoken;
  };
  const weight = view.arms.find((arm) => arm.name === 'candidate')?.weight ?? 0;
  const add = (
    arm: string,
    kind: WindowRow['kind'],
    metric: string,
    slices: string[],
    value: number,
    bucket: number,
  ): void => {
    for (const slice of slices) addValue(at(arm, kind, metric, slice), value, bucket);
  };
  for (let i = 0; i < world.requestsPerWindow; i++) {
    const category = CATEGORIES[Math.floor(random() * CATEGORIES.length)]!;
    const slices = [ALL, `category=${category}`];
    const bucket = Math.floor(random() * 20);
    const arm = random() * 100 < weight ? 'candidate' : 'stable';
    const given = answer(world[arm], category, drift, random);
    at(arm, 'live', 'accepted', ALL).sumMicro += MICRO;
    at(arm, 'live', 'accepted', ALL).count += 1;
    if (random() >= (world.lost?.[arm] ?? 0)) add(arm, 'live', 'error_rate', slices, given.bad ? 1 : 0, bucket);
    const isKept = world.kept === undefined || random() < world.kept[arm];
    const spoken = speak(arm, 'live', bucket, isKept);
    // To an answer that failed no score applies; the judge says so, too.
    if (given.bad && share !== undefined) {
      if (share.models === undefined ? spoken.rules : spoken.models) at(arm, 'live', 'empathy', ALL).notApplicable += 1;
      if (spoken.rules) at(arm, 'live', 'task_success', ALL).notApplicable += 1;
    }
    if (!given.bad) {
      add(arm, 'live', 'latency', [ALL], given.seconds, bucket);
      const isAsked = share?.models === undefined ? spoken.rules : spoken.models;
      const isJudged = !isAsked ? false : world.judge === undefined || random() * 100 < world.judge[`${arm}Pct`];
      if (isJudged && random() < (world.unscored?.[arm] ?? 0))
        for (const slice of slices) at(arm, 'live', 'empathy', slice).errors += 1;
      else if (isJudged && world.isUnread === true) at(arm, 'live', 'empathy', ALL).notApplicable += 1;
      else if (isJudged) add(arm, 'live', 'empathy', slices, given.empathy, bucket);
      if (isJudged && world.judge !== undefined) at(arm, 'live', 'empathy', ALL).judges = [world.judge.name];
      if (spoken.rules && world.isUnread === true) at(arm, 'live', 'task_success', ALL).notApplicable += 1;
      else if (spoken.rules) add(arm, 'live', 'task_success', slices, given.failed ? 0 : 1, bucket);
      if (given.isEmpty !== null) add(arm, 'live', 'empty_answer', slices, Number(given.isEmpty), bucket);
      if (given.calls !== null && spoken.rules)
        for (const slice of slices) {
          addLooked(at(arm, 'live', 'tool_validity', slice), given.calls, bucket);
          if (given.calls) addValue(at(arm, 'live', 'tool_validity', slice), 1, bucket);
        }
    }
    if (view.shadow === null || random() * 100 >= view.shadow.sharePct || !isKept) continue;
    if (!speak('candidate', 'shadow', bucket).rules) continue;
    const shadow = answer(world.candidate, category, drift, random);
    const { isUnread = false } = world;
    addPair(at, 'candidate', 'shadow', slices, shadow, given, isUnread);
    addCallPair(at, 'candidate', 'shadow', slices, shadow, given, bucket);
    if (random() * 100 < view.shadow.noiseSharePct) {
      const again = answer(world.stable, category, drift, random);
      addPair(at, 'stable', 'noise', slices, again, given, isUnread);
      addCallPair(at, 'stable', 'noise', slices, again, given, bucket);
    }
  }
  const all = [...rows.values()];
  return world.judgeIsMute === true ? all.filter(({ sourceTopic }) => sourceTopic !== SCORES.name) : all;
};

/** Of answers that did not fail, where it is known of both. */
const addCallPair = (
  at: (arm: string, kind: WindowRow['kind'], metric: string, slice: string) => WindowRow,
  arm: string,
  kind: 'shadow' | 'noise',
  slices: string[],
  shadow: Answer,
  live: Answer,
  bucket: number,
): void => {
  if (shadow.calls === null || live.calls === null || shadow.bad || live.bad) return;
  for (const slice of slices) {
    const row = at(arm, kind, 'tool_validity', slice);
    addLooked(row, shadow.calls, bucket);
    if (shadow.calls && live.calls) row.count += 1;
    if (shadow.calls && live.calls) row.sumMicro += MICRO;
    if (live.calls && !shadow.calls) row.lost += 1;
    if (shadow.calls && !live.calls) row.gained += 1;
  }
};

/** Where it is known of both. */
const emptySigns = (shadow: Answer, live: Answer): [string, number, number][] =>
  shadow.isEmpty === null || live.isEmpty === null
    ? []
    : [['empty_answer', Number(shadow.isEmpty), Number(shadow.isEmpty) - Number(live.isEmpty)]];

const addPair = (
  at: (arm: string, kind: WindowRow['kind'], metric: string, slice: string) => WindowRow,
  arm: string,
  kind: 'shadow' | 'noise',
  slices: string[],
  shadow: Answer,
  live: Answer,
  isUnread: boolean,
): void => {
  const signs: [string, number, number][] = [
    ['error_rate', Number(shadow.bad), Number(shadow.bad) - Number(live.bad)],
    ['task_success', Number(!shadow.failed), Number(live.failed) - Number(shadow.failed)],
    ['empathy', shadow.empathy, live.empathy - shadow.empathy],
    ['latency', shadow.seconds, shadow.seconds - live.seconds],
    ...emptySigns(shadow, live),
  ];
  for (const [metric, value, loss] of signs)
    for (const slice of slices) {
      const row = at(arm, kind, metric, slice);
      if (isUnread && (metric === 'task_success' || metric === 'empathy')) {
        row.notApplicable += 1;
        continue;
      }
      row.count += 1;
      row.sumMicro += Math.round(value * MICRO);
      if (loss > 0) row.worse += 1;
      if (loss < 0) row.better += 1;
    }
};
