import { messageOf } from '../../schemas/error-message.ts';
import type { RolloutView } from '../../schemas/controller-api.ts';
import type { Decision } from '../../schemas/decision.ts';
import { phaseOf } from '../../schemas/sentence/comparison.ts';
import { sentenceOf } from '../../schemas/sentence/sentence.ts';
import { decidingEntry, sidesOf } from '../../schemas/sentence/verdict.ts';
import { controllerAt, partsEnv } from '../controller/access.ts';
import { type Detailed, detailLines } from '../explain/details.ts';
import { evidenceLines } from '../explain/evidence-table.ts';
import { pairLines } from '../explain/worst-pair.ts';
import { momentText } from '../output/moments.ts';
import { print, printJson, say } from '../output/print.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

const STEPS_ASKED = 500;
/** Whoever asks why waits no longer for an example. */
const READ_WITHIN_MS = 20_000;

type Options = { url: string; json: boolean; details: boolean; windows: boolean };

const usd = (amount: number): string => `${amount.toFixed(2)} USD`;

const headLine = (view: RolloutView): string => {
  const arms = view.arms.map(({ name, version, weightPct }) => `${name} ${version} ${weightPct} %`).join(', ');
  const against = view.candidate === null ? '' : ` of ${view.candidate} against ${view.stable}`;
  return `${view.id}: ${view.strategy}${against}, ${view.state} (${arms})`;
};

/** The last step's, if it decided by a metric; else what is seen now. */
const detailedOf = (view: RolloutView, decisions: readonly Decision[]): Detailed => {
  const [last] = decisions;
  if (!view.live && last !== undefined && last.metric !== null) return last;
  const { logE, logThreshold, bounded, windowKeys, metrics: evidence } = view;
  return { metric: null, slice: null, logE, logThreshold, bounded, windowKeys, evidence };
};

/** Where a shadow convicted: its worst pair, read from the topics where the environment names them, else how to see it. */
const worstPairLines = async (view: RolloutView, [last]: readonly Decision[], url: string): Promise<string[]> => {
  if (last?.type !== 'rollback' || last.metric === null) return [];
  const entry = decidingEntry(last);
  if (entry === undefined || phaseOf(entry) !== 'shadow') return [];
  const { metric } = last;
  const command = `npx coalmine shadow-report '${view.id}'`;
  const { KAFKA_BROKERS: brokers, SCHEMA_REGISTRY_URL: registry } = partsEnv(url);
  if (!brokers || !registry)
    return [`Its pairs of answers: ${command} (it needs KAFKA_BROKERS and SCHEMA_REGISTRY_URL)`];
  say('reading the shadows for the worst pair of answers');
  // Most rollouts are explained without Kafka, whose client would be most of what there is to load.
  const { withTopics } = await import('../topics.ts');
  const { readWorstPair } = await import('../explain/read-worst-pair.ts');
  const wanted = { rollout: view.id, agent: view.agent, metric };
  try {
    const pair = await withTopics('explain', (bus) => readWorstPair(bus, wanted, READ_WITHIN_MS), url);
    const more = `all of them: ${command}`;
    return pair === undefined ? ['No pair of answers is kept any more.'] : [...pairLines(pair, sidesOf(view)), more];
  } catch (error) {
    const why = messageOf(error);
    return [`Its pairs of answers could not be read (${why}): ${command}`];
  }
};

const section = (lines: readonly string[]): string[] => (lines.length === 0 ? [] : ['', ...lines]);

const tell = async (rollout: string, options: Options): Promise<void> => {
  const controller = controllerAt(options.url);
  const view = await controller.getRollout({ params: { name: rollout } });
  const query = { agent: view.agent, rollout: view.id, limit: STEPS_ASKED };
  const { decisions } = await controller.listDecisions({ query });
  if (options.json) {
    printJson({ rollout: view, decisions });
    return;
  }
  const details = options.details || options.windows ? detailLines(detailedOf(view, decisions), options.windows) : [];
  const shown = {
    isExperiment: view.strategy === 'ab',
    slices: options.details || options.windows,
    decided: view.last,
  };
  const spent =
    view.spent === null
      ? []
      : [`cost: answers ${usd(view.spent.answersUsd)}, judging them ${usd(view.spent.judgingUsd)}`];
  const steps = decisions.toReversed().map((step) => `  ${momentText(step.timeMs)}  ${step.type}  ${sentenceOf(step)}`);
  const lines = [
    view.sentence,
    ...section(await worstPairLines(view, decisions, options.url)),
    ...section(evidenceLines(view.metrics, sidesOf(view), shown)),
    ...section(details),
    ...section([headLine(view), ...spent]),
    ...section(['steps', ...steps]),
  ];
  print(...lines);
};

export const explain: Verb = {
  name: 'explain',
  summary: 'says why a rollout stands where it stands',
  examples: ['npx coalmine explain support-v2', "npx coalmine explain 'support-v2#7' --details"],
  define: (command) => {
    withJson(withUrl(command))
      .description(
        'Says in a sentence where a rollout stands and why, then metric by metric what was seen, then every step.',
      )
      .argument('<rollout>', 'name (the one under way, else the latest) or id (name#sequence)')
      .option('--details', 'slices, rules, weights, differences with their limits, windows', false)
      .option('--windows', 'the details with every window that the deciding metric rests on', false)
      .addHelpText(
        'after',
        `
"against" is the evidence that the candidate is worse, "for" that it is good enough to promote: what a bet on it has made of 1.
The weighted mean of the first rolls back at 1/α; promotion by proof asks for 1/α of each of the second. The limits among the
details hold at any time, however often you look. Where the topics can be read, the worst pair of answers
stands below a rollback in shadow.`,
      )
      .action(tell);
  },
};
