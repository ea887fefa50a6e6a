import type { AgentView } from '../../schemas/controller-api.ts';
import { controllerAt } from '../controller/access.ts';
import { print, printJson } from '../output/print.ts';
import { tableLines } from '../output/table.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

const HEAD = ['AGENT', 'VERSION', 'ID', 'SERVES', 'MODEL', 'UPSTREAM', '$/M IN', '$/M OUT'];
const ID_CHARACTERS = 12;

const serves = ({ arms, stable }: AgentView, label: string): string =>
  [
    ...(stable === label ? ['stable'] : []),
    ...arms.filter(({ version }) => version === label).map(({ name, weight }) => `${name} ${weight} %`),
  ].join(', ');

/** The versions of agents, a line each, with whom they serve now. */
export const versionLines = (agents: readonly AgentView[]): string[] =>
  tableLines(
    HEAD,
    agents.flatMap((agent) =>
      agent.versions.map((version) => [
        agent.name,
        version.label,
        version.id.slice(0, ID_CHARACTERS),
        serves(agent, version.label),
        version.upstreamModel,
        version.upstream,
        String(version.promptUsdPerMillion),
        String(version.completionUsdPerMillion),
      ]),
    ),
    { right: ['$/M IN', '$/M OUT'], dropEmpty: true },
  );

const show = async (agent: string | undefined, { url, json }: { url: string; json: boolean }): Promise<void> => {
  const controller = controllerAt(url);
  const agents =
    agent === undefined ? (await controller.listAgents({})).agents : [await controller.getAgent({ params: { agent } })];
  if (json)
    printJson({ versions: agents.flatMap(({ name, versions }) => versions.map((one) => ({ agent: name, ...one }))) });
  else print(...versionLines(agents));
};

export const versions: Verb = {
  name: 'versions',
  summary: 'shows the versions of agents, and whom they serve',
  examples: ['npx coalmine versions support'],
  define: (command) => {
    withJson(withUrl(command))
      .description(
        'Shows the versions of an agent, or of all agents: label, content id, where it is, and what traffic it has now.',
      )
      .argument('[agent]', 'only its versions')
      .action(show);
  },
};
