import type { RolloutView } from '../../schemas/controller-api.ts';
import type { Decision } from '../../schemas/decision.ts';
import { type Explained, explanationText } from '../../schemas/decision-text.ts';
import { controllerUrl, createControllerClient } from '../controller/client.ts';
import type { Verb } from './verb.ts';

const STEPS_ASKED = 500;

type Options = { url: string; json: boolean; windows: boolean };

const time = (ms: number): string => new Date(ms).toISOString();

const usd = (amount: number): string => `${amount.toFixed(2)} USD`;

/** Of a rollout under way what the controller sees now; of one that is over, or without live evidence, its last step with any. */
const explainedOf = (view: RolloutView, decisions: readonly Decision[]): Explained | null => {
  const last = decisions.find(({ evidence, type }) => evidence.length > 0 || type === 'rollback' || type === 'promote');
  if (!view.live) return last ?? null;
  const { logE, logThreshold, bounded, windowKeys } = view;
  const reason = view.hold === null ? (last?.reason ?? 'nothing is decided yet') : `on HOLD: ${view.hold}`;
  return { reason, metric: null, slice: null, logE, logThreshold, bounded, windowKeys, evidence: view.metrics };
};

const tell = async (rollout: string, options: Options): Promise<void> => {
  const controller = createControllerClient(options.url, 'explain');
  const view = await controller.getRollout({ params: { name: rollout } });
  const query = { agent: view.agent, rollout: view.id, limit: STEPS_ASKED };
  const { decisions } = await controller.listDecisions({ query });
  if (options.json) {
    console.log(JSON.stringify({ rollout: view, decisions }));
    return;
  }
  const arms = view.arms.map(({ name, version, weightPct }) => `${name} ${version} ${weightPct} %`).join(', ');
  const against = view.candidate === null ? '' : ` of ${view.candidate} against ${view.stable}`;
  console.log(`${view.id}: ${view.strategy}${against}, ${view.state} in stage ${view.stage} (${arms})\n`);
  if (view.spent !== null)
    console.log(`cost        answers ${usd(view.spent.answersUsd)}, judging them ${usd(view.spent.judgingUsd)}`);
  const explained = explainedOf(view, decisions);
  console.log(explained === null ? 'No step of it carries evidence yet.' : explanationText(explained, options.windows));
  console.log('\nsteps');
  for (const { timeMs, type, state, by, reason } of decisions.toReversed())
    console.log(`  ${time(timeMs)}  ${type} → ${state ?? '-'} by ${by}: ${reason}`);
};

export const explain: Verb = {
  name: 'explain',
  summary: 'says why a rollout stands where it stands',
  examples: ['npx coalmine explain support-v2', "npx coalmine explain 'support-v2#7' --windows"],
  define: (command) => {
    command
      .description(
        'Says why a rollout stands where it stands: metrics, arms, evidence, limits, windows, and every step.',
      )
      .argument('<rollout>', 'name (the one under way, else the latest) or id (name#sequence)')
      .option('--url <url>', 'of a controller; also CONTROLLER_URL', controllerUrl())
      .option('--windows', 'name every window that the deciding metric rests on', false)
      .option('--json', 'print one JSON object instead', false)
      .addHelpText(
        'after',
        `
"e against" is the evidence that the candidate is worse, "e for" that it is good enough to promote; E, the weighted mean of
the first, rolls back at 1/α. The limits of a difference hold at any time, however often you look.`,
      )
      .action(tell);
  },
};
