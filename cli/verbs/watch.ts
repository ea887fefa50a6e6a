import { setTimeout as sleep } from 'node:timers/promises';
import { createLogUpdate } from 'log-update';
import type { RolloutView, ToldDecision } from '../../schemas/controller-api.ts';
import type { RolloutState } from '../../schemas/decision.ts';
import { controllerAt } from '../controller/access.ts';
import { type ControllerClient, RefusedError } from '../controller/client.ts';
import { stepsOf } from '../controller/named.ts';
import { momentText } from '../output/moments.ts';
import { plain } from '../output/plain.ts';
import { print, printJson, say } from '../output/print.ts';
import { liveRollout, rolloutLines } from '../story/live-view.ts';
import { duration } from './option-values.ts';
import { EXIT, type Verb, withJson, withUrl } from './verb.ts';

const EVERY_MS = 1_000;
const MOST_METRICS = 12;

type Options = { url: string; json: boolean; timeout?: number };

/** What the program ends with when a rollout has ended so; undefined while it is under way. */
const EXIT_BY_STATE: Partial<Record<RolloutState, number>> = {
  promoted: 0,
  rolled_back: EXIT.failed,
  aborted: EXIT.failed,
  inconclusive: EXIT.inconclusive,
};

/** How a watcher sees it: a view that is drawn anew on a terminal with the steps above it, lines elsewhere, NDJSON if asked for. */
type Shown = { step(decision: ToldDecision): void; now(view: RolloutView): void; ended(view: RolloutView): void };

const jsonShown: Shown = {
  step: (decision) => printJson({ event: 'decision', ...decision }),
  now: () => {},
  ended: (view) => printJson({ event: 'ended', rollout: view.id, state: view.state, sentence: view.sentence }),
};

const stepLine = ({ timeMs, type, sentence }: ToldDecision): string =>
  plain(`${momentText(timeMs)}  ${type}  ${sentence}`);

const lineShown: Shown = {
  step: (decision) => print(stepLine(decision)),
  now: () => {},
  ended: ({ id, state }) => print(`${id}: ${state}`),
};

const liveShown = (): Shown => {
  const { stdout } = process;
  const draw = createLogUpdate(stdout, { showCursor: true });
  return {
    step: (decision) => {
      draw.clear();
      print(stepLine(decision));
    },
    now: (view) =>
      draw(
        rolloutLines(liveRollout(view), MOST_METRICS, stdout.columns || 100)
          .map(plain)
          .join('\n'),
      ),
    ended: ({ id, state }) => {
      draw.done();
      print(`${id}: ${state}`);
    },
  };
};

/** The rollout and its steps after a sequence; null while nobody answers. */
const look = async (
  controller: ControllerClient,
  name: string,
): Promise<{ view: RolloutView; steps: ToldDecision[] } | Error> => {
  try {
    const view = await controller.getRollout({ params: { name } });
    return { view, steps: await stepsOf(controller, { kind: 'rollout', view }) };
  } catch (error) {
    if (error instanceof RefusedError && error.status < 500) throw error;
    return error instanceof Error ? error : new Error(String(error));
  }
};

/** Resolves to what the program ends with. */
const watchOne = async (controller: ControllerClient, name: string, shown: Shown, endMs: number): Promise<number> => {
  let id = name;
  let seen = 0;
  let away = '';
  for (;;) {
    const found = await look(controller, id);
    if (found instanceof Error) {
      if (found.message !== away) say(`${found.message}; asking again`);
      away = found.message;
    } else {
      const { view, steps } = found;
      away = '';
      id = view.id;
      for (const step of steps.filter(({ sequence }) => sequence > seen)) shown.step(step);
      seen = steps.at(-1)?.sequence ?? seen;
      shown.now(view);
      const code = EXIT_BY_STATE[view.state];
      if (code !== undefined) {
        shown.ended(view);
        return code;
      }
    }
    if (performance.now() >= endMs) {
      say(`${id} has not ended in time`);
      return EXIT.inconclusive;
    }
    await sleep(EVERY_MS);
  }
};

const follow = async (name: string, { url, json, timeout }: Options): Promise<void> => {
  const shown = json ? jsonShown : process.stdout.isTTY ? liveShown() : lineShown;
  const endMs = timeout === undefined ? Infinity : performance.now() + timeout;
  process.exitCode = await watchOne(controllerAt(url), name, shown, endMs);
};

export const watch: Verb = {
  name: 'watch',
  summary: 'follows a rollout to its end',
  examples: ['npx coalmine watch support-v2', 'npx coalmine watch support-v2 --timeout 2h --json | jq .sentence'],
  define: (command) => {
    withJson(withUrl(command), 'NDJSON: a line for each step, and one for the end')
      .description(
        'Follows a rollout: every step, and on a terminal what is seen of each metric. Where the controller is away for a time, it waits for it.',
      )
      .argument('<rollout>', 'name (the one under way, else the latest) or id (name#sequence)')
      .option('--timeout <duration>', 'give up after this: 2h', duration)
      .addHelpText(
        'after',
        '\nExit codes: 0 promoted, 3 rolled back or aborted, 4 inconclusive or not ended in time, 1 it could not be watched.',
      )
      .action(follow);
  },
};
