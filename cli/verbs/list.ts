import { Argument, Option } from 'commander';
import type { AgentView, RolloutView } from '../../schemas/controller-api.ts';
import { RolloutState } from '../../schemas/decision.ts';
import { strengthText } from '../../schemas/sentence/figures.ts';
import { controllerAt } from '../controller/access.ts';
import { everyPage } from '../controller/every-page.ts';
import { momentText, spanText } from '../output/moments.ts';
import { print, printJson, say } from '../output/print.ts';
import { tableLines } from '../output/table.ts';
import { stageText } from '../story/live-view.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

type Options = { url: string; json: boolean; agent?: string; state?: string; active: boolean };

const ROLLOUT_HEAD = ['ROLLOUT', 'AGENT', 'STRATEGY', 'STATE', 'ARMS', 'REQUESTS', 'AGAINST', 'STARTED', 'LASTED'];
const AGENT_HEAD = ['AGENT', 'STABLE', 'VERSIONS', 'ARMS', 'ROLLOUT', 'SEQUENCE'];

type Arms = readonly { version: string; weightPct: number }[];
const armsText = (arms: Arms): string => arms.map(({ version, weightPct }) => `${version} ${weightPct} %`).join(', ');

const rolloutRow = (view: RolloutView, nowMs: number): string[] => [
  view.id,
  view.agent,
  view.strategy,
  `${stageText({ ...view, stages: view.stages.map(({ weightPct }) => weightPct) })}${view.hold === null ? '' : ', on hold'}`,
  armsText(view.arms),
  view.candidateRequests === null ? '' : String(view.candidateRequests),
  view.logE === null ? '' : strengthText(view.logE),
  momentText(view.startedAtMs),
  spanText((view.endedAtMs ?? nowMs) - view.startedAtMs),
];

const agentRow = ({ name, stable, versions, arms, rollout, sequence }: AgentView): string[] => [
  name,
  stable ?? '',
  versions.map(({ label }) => label).join(', '),
  armsText(arms.map(({ version, weight }) => ({ version, weightPct: weight }))),
  rollout ?? '',
  String(sequence),
];

const listRollouts = async ({ url, agent, state, active, json }: Options): Promise<void> => {
  const controller = controllerAt(url);
  const rollouts = await everyPage(
    (query) => controller.listRollouts({ query }),
    (told) => told.rollouts,
  );
  const shown = rollouts
    .filter((view) => agent === undefined || view.agent === agent)
    .filter((view) => state === undefined || view.state === state)
    .filter((view) => !active || view.endedAtMs === null)
    .toSorted((a, b) => Number(a.endedAtMs !== null) - Number(b.endedAtMs !== null) || b.startedAtMs - a.startedAtMs);
  if (json) return printJson({ rollouts: shown });
  if (shown.length === 0) return say('There are no such rollouts.');
  const rows = shown.map((view) => rolloutRow(view, Date.now()));
  print(...tableLines(ROLLOUT_HEAD, rows, { right: ['REQUESTS', 'LASTED'], dropEmpty: true }));
};

const listAgents = async ({ url, agent, json }: Options): Promise<void> => {
  const { agents } = await controllerAt(url).listAgents({});
  const shown = agents.filter(({ name }) => agent === undefined || name === agent);
  if (json) return printJson({ agents: shown });
  if (shown.length === 0) return say('There are no agents. Describe one, and give it: coalmine apply -f agent.yaml');
  print(...tableLines(AGENT_HEAD, shown.map(agentRow), { right: ['SEQUENCE'], dropEmpty: true }));
};

export const list: Verb = {
  name: 'list',
  summary: 'shows all rollouts, or agents, a line each',
  examples: ['npx coalmine list', 'npx coalmine list --active --agent support', 'npx coalmine list agents --json'],
  define: (command) => {
    withJson(withUrl(command))
      .description(
        'Shows rollouts, those under way first: where each stands, who answers, and the evidence against the candidate (what a bet on it being worse has made of 1). Or agents, with their versions.',
      )
      .addArgument(new Argument('[what]', 'what to show').choices(['rollouts', 'agents']).default('rollouts'))
      .option('--agent <name>', 'only of this agent')
      .addOption(new Option('--state <state>', 'only rollouts in this state').choices(RolloutState.options))
      .option('--active', 'only rollouts under way', false)
      .action((what: string, options: Options) => (what === 'agents' ? listAgents(options) : listRollouts(options)));
  },
};
