import path from 'node:path';
import type { GateBaseline, GateTarget } from '../../schemas/gate-target.ts';
import { countText } from '../../schemas/sentence/figures.ts';
import { type AnswerLog, answerKey, NO_LOG, openAnswerLog } from './answer-log.ts';
import { type Asked, askAll, type Progress } from './asking.ts';
import type { Dataset } from './dataset/load.ts';
import type { GateRun, RunDeps } from './gate-run.ts';
import type { ProgressView } from './progress.ts';
import type { Mask } from './secrets.ts';
import { NoBaselineError } from './target/recorded-baseline.ts';
import { openTarget, type OpenOptions } from './target/registry.ts';
import type { Target } from './target/target.ts';

type SideName = 'candidate' | 'baseline';
/** Whom one side asks, and what it has asked before. */
export type Side = { name: SideName; target: Target; log: AnswerLog; repeats: number };

/** How many of the answers are there already. */
export const keptIn = ({ kept }: AnswerLog, { cases }: Dataset, repeats: number): number =>
  cases.reduce(
    (count, one) =>
      count + Array.from({ length: repeats }, (_, i) => i).filter((i) => kept.has(answerKey(one, i))).length,
    0,
  );

/** Opened one after the other, so that two agents at one port are found out. */
export const openSides = async (run: GateRun, mask: Mask, deps: RunDeps): Promise<Side[]> => {
  const { plan, candidate, baseline, folder, reuse } = run;
  const { agent, ask } = plan.spec;
  const { clock, env, signal } = deps;
  const opened: Side[] = [];
  const open = async (name: SideName, source: GateBaseline): Promise<Side> => {
    const [first] = opened;
    const isSame =
      source.kind === 'same' || (first !== undefined && JSON.stringify(source) === JSON.stringify(candidate));
    const options: OpenOptions = {
      agent,
      format: plan.spec.dataset.format,
      planName: plan.metadata.name,
      controller: deps.controller,
      timeoutMs: ask.timeout,
      logFile: path.join(folder, `agent-${name}.log`),
      clock,
      env,
      signal,
      mask,
    };
    const target = isSame && first !== undefined ? first.target : await openTarget(source as GateTarget, options);
    // Two sides that are one agent are asked, and kept, each for itself.
    const identity = target.identity === first?.target.identity ? `${target.identity} once more` : target.identity;
    const log = target.isRecorded ? NO_LOG : openAnswerLog(folder, { ...target, identity }, reuse, clock.nowMs());
    return { name, target, log, repeats: Math.min(ask.repeats, target.maxRepeats) };
  };
  try {
    opened.push(await open('candidate', candidate));
    if (baseline !== null) opened.push(await open('baseline', baseline));
    return opened;
  } catch (error) {
    if (error instanceof NoBaselineError && run.record) {
      deps.view.say('there is no baseline yet: this run is to be the first, and is compared with nothing');
      return opened;
    }
    await closeSides(opened);
    throw error;
  }
};

export const closeSides = async (sides: readonly Side[]): Promise<void> => {
  await Promise.all([...new Set(sides.map(({ target }) => target))].map((target) => target.close()));
};

/** Both sides at once, so that they are asked at the same time of day; one agent alone is asked for one after the other. What ends one ends both. */
export const askSides = async (
  run: GateRun,
  dataset: Dataset,
  sides: readonly Side[],
  deps: RunDeps,
): Promise<Asked[][]> => {
  const { clock, random, view } = deps;
  const { concurrency, retries } = run.plan.spec.ask;
  const other = new AbortController();
  const signal = AbortSignal.any([deps.signal, other.signal]);
  const askSide = async ({ name, target, log, repeats }: Side): Promise<Asked[]> => {
    const asked = await askAll(
      target,
      dataset.cases,
      { concurrency, retries, repeats },
      {
        clock,
        random,
        signal,
        keptOf: (of, repeat) => log.kept.get(answerKey(of, repeat)),
        keep: log.keep,
        onProgress: (progress: Progress) => void (target.isRecorded || view.show(name, progress)),
      },
    );
    log.finish();
    return asked;
  };
  const [first, second] = sides;
  const isOneAgent = first?.target === second?.target;
  let before: Promise<unknown> = Promise.resolve();
  const ended = await Promise.allSettled(
    sides.map((side) => {
      const asked = (isOneAgent ? before : Promise.resolve()).then(() => askSide(side));
      before = asked;
      return asked.catch((error: unknown) => {
        other.abort(error);
        throw error;
      });
    }),
  );
  view.clear();
  return ended.map((one) => {
    if (one.status === 'rejected') throw other.signal.aborted ? other.signal.reason : one.reason;
    return one.value;
  });
};

/** Who is asked, and how much. */
export const tellStart = (
  { plan, planFile }: GateRun,
  dataset: Dataset,
  sides: readonly Side[],
  view: ProgressView,
): void => {
  const { concurrency } = plan.spec.ask;
  view.say(`${plan.metadata.name} (${planFile}): ${countText(dataset.cases.length)} questions of ${dataset.path}`);
  for (const { name, target, log, repeats } of sides) {
    const total = dataset.cases.length * repeats;
    const kept = keptIn(log, dataset, repeats);
    const asked = target.isRecorded
      ? 'its recorded answers'
      : kept > 0
        ? `${countText(total - kept)} answers to ask for, ${countText(kept)} are there (--fresh asks anew)`
        : `${countText(total)} answers to ask for, ${concurrency} at a time`;
    view.say(`  ${name} ${target.name}: ${asked}`);
  }
};
