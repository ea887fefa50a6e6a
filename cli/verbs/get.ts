import { stringify } from 'yaml';
import type { AgentView, RolloutView } from '../../schemas/controller-api.ts';
import { controllerAt } from '../controller/access.ts';
import type { ControllerClient } from '../controller/client.ts';
import { findNamed, MOST_DECISIONS, type Named, stepsOf } from '../controller/named.ts';
import { momentText } from '../output/moments.ts';
import { plain } from '../output/plain.ts';
import { print, printJson } from '../output/print.ts';
import { factLines, tableLines } from '../output/table.ts';
import { stageText } from '../story/live-view.ts';
import { versionLines } from './versions.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

type Options = { url: string; json: boolean; document: boolean };

const rolloutLines = (view: RolloutView): string[] => [
  ...factLines([
    ['rollout', view.id],
    ['agent', view.agent],
    ['strategy', view.strategy],
    ['state', stageText({ ...view, stages: view.stages.map(({ weightPct }) => weightPct) })],
    ['hold', view.hold],
    ['stable', view.stable],
    ['candidate', view.candidate],
    ['arms', view.arms.map(({ name, version, weightPct }) => `${name} ${version} ${weightPct} %`).join(', ')],
    ['promotion', view.promotion],
    ['approval', view.approval && `asked for by ${view.approval.by}, until ${momentText(view.approval.untilMs)}`],
    ['started', momentText(view.startedAtMs)],
    ['ended', view.endedAtMs === null ? null : momentText(view.endedAtMs)],
    ['last step', `${view.last.type} by ${view.last.by}, ${momentText(view.last.timeMs)}`],
  ]),
  ...(view.checks.length === 0
    ? []
    : [
        '',
        ...tableLines(
          ['CHECK', 'OUTCOME', 'REASON'],
          view.checks.map(({ name, outcome, reason }) => [name, outcome ?? 'not asked yet', reason]),
        ),
      ]),
  '',
  plain(view.sentence),
];

const agentLines = (view: AgentView): string[] => [
  ...factLines([
    ['agent', view.name],
    ['stable', view.stable],
    ['rollout', view.rollout],
    ['slices', view.slices.map(({ label }) => label).join(', ')],
    ['own metrics', view.metrics.map(({ name }) => name).join(', ')],
    ['flags', view.flags.map(({ key, version, pct }) => `${key}: ${version} for ${pct} %`).join(', ')],
    ['fallbacks', view.fallbacks.map((step) => step.map(({ version }) => version).join('|')).join(' → ')],
    ['sequence', String(view.sequence)],
  ]),
  ...view.regressions.flatMap(({ sentence }) => ['', plain(sentence)]),
  '',
  ...versionLines([view]),
];

/** What it was begun by, or last applied as, as YAML. */
const documentOf = async (controller: ControllerClient, named: Named): Promise<string> => {
  const type = named.kind === 'agent' ? 'register' : 'start';
  const step = (await stepsOf(controller, named)).findLast((one) => one.type === type && one.document !== null);
  if (step !== undefined) return stringify(JSON.parse(step.document ?? 'null')).trimEnd();
  throw new Error(`its document is older than the ${MOST_DECISIONS} decisions that the controller has in memory`);
};

const show = async (name: string, { url, json, document }: Options): Promise<void> => {
  const controller = controllerAt(url);
  const named = await findNamed(controller, name);
  if (document) print(await documentOf(controller, named));
  else if (json) printJson(named.view);
  else print(...(named.kind === 'agent' ? agentLines(named.view) : rolloutLines(named.view)));
};

export const get: Verb = {
  name: 'get',
  summary: 'shows one rollout or agent as it is now',
  examples: ['npx coalmine get support-v2', 'npx coalmine get agent/support --document > agent.yaml'],
  define: (command) => {
    withJson(withUrl(command))
      .description(
        'Shows a rollout (by name: the one under way, else the latest; or by id) or an agent. Why a rollout stands where it stands is told by `explain`.',
      )
      .argument('<name>', 'of a rollout, else of an agent; rollout/x and agent/x say which is meant')
      .option('--document', 'print the document that it was begun by, or last applied as, as YAML', false)
      .action(show);
  },
};
