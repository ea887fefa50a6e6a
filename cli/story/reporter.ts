import type { WriteStream } from 'node:tty';
import { createLogUpdate } from 'log-update';
import type { Decision } from '../../schemas/decision.ts';
import { sentenceOf } from '../../schemas/sentence/sentence.ts';
import { renderLive, type LiveState } from './live-view.ts';
import type { Counts } from './tally.ts';
import type { Ending, Played } from './story.ts';

export type Summary = {
  rollouts: (Omit<Played, 'rollout'> & { candidateRequests: number })[];
  counts: Counts;
};

/** How long after its first bad answer a candidate was stopped: decided, and its last request, by the ingress' clock. */
export type Timing = { candidate: string; decidedAfterMs: number; lastRequestAfterMs: number; requests: number };

/** What the start command says: NDJSON events, or lines for a person, with a live view below them on a terminal. */
export type Reporter = {
  progress(line: string): void;
  rollout(name: string, start: Decision): void;
  decision(decision: Decision): void;
  ended(played: Played, mustEnd: Ending | null): void;
  /** Called a few times a second with all that a watcher may want to see. */
  live(state: LiveState): void;
  timing(timing: Timing): void;
  summary(summary: Summary): void;
  close(): void;
};

const weightsOf = (decision: Decision): string =>
  decision.routing.arms.map((arm) => `${arm.version} ${arm.weight} %`).join(', ');

export const decisionLine = (d: Decision): string =>
  `${d.agent} #${d.sequence} ${d.type}${d.state ? ` → ${d.state}` : ''}  [${weightsOf(d)}]  ${sentenceOf(d)}`;

const STATUS_EVERY_MS = 2_000;

/** Nothing comes after the summary, whatever is still said while everything stops. */
export const jsonReporter = (write: (line: string) => void): Reporter => {
  let isOver = false;
  const emit = (event: string, fields: object): void => {
    if (!isOver) write(`${JSON.stringify({ event, ...fields })}\n`);
    isOver ||= event === 'summary';
  };
  let statusAtMs = -STATUS_EVERY_MS;
  return {
    progress: (message) => emit('progress', { message }),
    rollout: (name, start) => emit('rollout', { name, rollout: start.rollout, state: start.state }),
    decision: (d) =>
      emit('decision', {
        agent: d.agent,
        sequence: d.sequence,
        rollout: d.rollout,
        type: d.type,
        state: d.state,
        stage: d.stage,
        weights: d.routing.arms.map(({ name, version, weight }) => ({ arm: name, version, weightPct: weight })),
        metric: d.metric,
        slice: d.slice,
        reason: d.reason,
        sentence: sentenceOf(d),
        by: d.by,
        timeMs: d.timeMs,
      }),
    ended: (played, mustEnd) => emit('ended', { ...played, mustEnd }),
    live: ({ elapsedMs, traffic, lag, rollout }) => {
      if (elapsedMs - statusAtMs < STATUS_EVERY_MS) return;
      statusAtMs = elapsedMs;
      const { accepted = 0, failures = 0, carried = null } = traffic ?? {};
      emit('status', { elapsedMs: Math.round(elapsedMs), accepted, failures, carried, lag, rollout });
    },
    timing: (timing) => emit('timing', timing),
    summary: (summary) => emit('summary', summary),
    close: () => {},
  };
};

const endedLine = (played: Played, mustEnd: Ending | null): string => {
  const why = played.metric ? ` by ${played.metric}${played.slice ? ` (${played.slice})` : ''}` : '';
  const expected =
    mustEnd === null ? '' : played.outcome === mustEnd ? ' — as it must' : ` — but it must end ${mustEnd}`;
  return `== ${played.candidate}: ${played.outcome}${why}${expected}`;
};

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const summaryLines = ({ rollouts, counts }: Summary): string[] => [
  '',
  ...rollouts.map(
    (r) =>
      `${r.agent} → ${r.candidate}: ${r.outcome}${r.metric ? ` by ${r.metric}, slice ${r.slice}` : ''}, ${r.candidateRequests} requests to the candidate`,
  ),
  `accepted ${counts.accepted}, exchanges ${counts.exchanges}, scores ${counts.scores}, windows ${counts.windows}, decisions ${counts.decisions}`,
];

/** Lines scroll by; on a terminal the live view is redrawn below them. */
export const textReporter = (
  out: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns' | 'rows'>>,
): Reporter => {
  // Of hiding the cursor nothing would be left to undo it after a kill.
  const view = out.isTTY === true ? createLogUpdate(out, { showCursor: true }) : null;
  let state: LiveState | null = null;
  const draw = (): void => {
    if (view === null || state === null) return;
    view(renderLive(state, { columns: out.columns ?? 100, rows: out.rows ?? 40 }).join('\n'));
  };
  const say = (...lines: string[]): void => {
    view?.clear();
    out.write(lines.map((line) => `${line}\n`).join(''));
    draw();
  };
  return {
    progress: (line) => say(line),
    rollout: (name, start) => say('', `== ${name} (${start.rollout}) starts in ${start.state ?? 'no state'}`),
    decision: (d) => say(decisionLine(d)),
    ended: (played, mustEnd) => say(endedLine(played, mustEnd)),
    live: (next) => {
      state = next;
      draw();
    },
    timing: (t) =>
      say(
        `${t.candidate}: first bad answer → rollback decided ${seconds(t.decidedAfterMs)}, last request to it ${seconds(t.lastRequestAfterMs)} (${t.requests} in all)`,
      ),
    summary: (summary) => {
      state = null;
      say(...summaryLines(summary));
    },
    close: () => {
      view?.clear();
      state = null;
    },
  };
};
