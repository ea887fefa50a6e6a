import type { AgentView, ToldDecision } from '../../schemas/controller-api.ts';
import { controllerAt } from '../controller/access.ts';
import type { ControllerClient } from '../controller/client.ts';
import { findNamed, stepsOf } from '../controller/named.ts';
import { confirmed } from '../output/confirm.ts';
import { print, printJson } from '../output/print.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

type Options = { url: string; json: boolean; to?: string; reason: string; yes: boolean };

const restingOn = ({ routing }: ToldDecision): string | undefined =>
  routing.arms.find(({ name }) => name === 'stable')?.version;

/** The version that was stable before the one that is, as far back as the controller remembers. */
export const stableBefore = (steps: readonly ToldDecision[], stable: string | null): string | undefined =>
  steps.map(restingOn).findLast((version) => version !== undefined && version !== stable);

const agentOf = async (controller: ControllerClient, name: string): Promise<AgentView> => {
  const found = await findNamed(controller, name);
  return found.kind === 'agent' ? found.view : controller.getAgent({ params: { agent: found.view.agent } });
};

/** The version meant; one that nobody named is one to be asked about. */
const targetOf = async (controller: ControllerClient, agent: AgentView, { to, yes }: Options): Promise<string> => {
  if (to !== undefined) return to;
  if (agent.rollout !== null && agent.stable !== null) return agent.stable;
  const before = stableBefore(await stepsOf(controller, { kind: 'agent', view: agent }), agent.stable);
  if (before === undefined)
    throw new Error(
      `no version was stable before ${agent.stable}, as far as the controller remembers: say --to <version>`,
    );
  await confirmed(`All traffic of ${agent.name} would go from ${agent.stable} back to ${before}`, yes);
  return before;
};

const back = async (name: string, options: Options): Promise<void> => {
  const controller = controllerAt(options.url);
  const agent = await agentOf(controller, name);
  const { stable, rollout } = agent;
  const version = await targetOf(controller, agent, options);
  if (version === stable && rollout === null)
    throw new Error(`${version} is stable already, and no rollout is under way`);
  if (!agent.versions.some(({ label }) => label === version))
    throw new Error(
      `${agent.name} has no version ${version}; there are ${agent.versions.map(({ label }) => label).join(', ')}`,
    );
  const body = { reason: options.reason };
  const decisions: ToldDecision[] = [];
  if (rollout !== null) {
    await confirmed(`${rollout} is under way: it would be aborted`, options.yes || options.to === undefined);
    decisions.push((await controller.abortRollout({ params: { name: rollout }, body })).decision);
  }
  if (version !== stable) {
    const asked = { params: { agent: agent.name }, body: { version, ...body } };
    decisions.push((await controller.setStable(asked)).decision);
  }
  if (options.json) printJson({ decisions });
  else print(...decisions.map(({ sentence }) => sentence));
};

export const rollback: Verb = {
  name: 'rollback',
  summary: 'sends all traffic back to an earlier version',
  examples: [
    'npx coalmine rollback support --to v1 --reason "customers complain"',
    'npx coalmine rollback support-v2 --yes',
  ],
  define: (command) => {
    withJson(withUrl(command), 'print the decisions as JSON instead')
      .description(
        [
          'Sends all traffic of an agent to a version. A rollout under way is aborted first.',
          'Without --to: back to stable while a rollout is under way, else to the version that was stable before this one.',
        ].join('\n'),
      )
      .argument('<name>', "of an agent, or of a rollout: then it is that one's agent")
      .option('--to <version>', 'its label')
      .option('--reason <text>', 'stands in the log', '')
      .option('--yes', 'ask nothing', false)
      .action(back);
  },
};
