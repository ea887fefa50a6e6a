import type { AgentView } from '../../schemas/controller-api.ts';
import { Duration } from '../../schemas/duration.ts';
import type { StartedStack } from './stack.ts';

type Shown = Pick<StartedStack, 'ingressUrl' | 'controllerUrl' | 'logFolder' | 'windowMs' | 'adminKey'> & {
  parts: Pick<StartedStack['parts'], 'env'>;
};

/** Where the page is. No link signs in: browsers keep addresses, and some send them to their other devices. */
export const pageLine = ({ controllerUrl, adminKey }: Pick<StartedStack, 'controllerUrl' | 'adminKey'>): string =>
  `page: ${controllerUrl}/, sign in with the key in ${adminKey.file}`;

const keptLine = ({ name, stable, rollout }: AgentView): string =>
  `  ${name}: ${stable ?? 'nothing'} is stable${rollout === null ? '' : `, ${rollout} is under way`}`;

/** What a user needs who starts everything without a story: where it is, what is known from before, what to do next. */
export const standByLines = (stack: Shown, agents: readonly AgentView[], keptIn: string | null): string[] => {
  const { ingressUrl, controllerUrl, adminKey, logFolder, windowMs, parts } = stack;
  return [
    `ready: logs in ${logFolder}, windows of ${Duration.encode(windowMs)}`,
    `  ingress     ${ingressUrl}/v1`,
    `  controller  ${controllerUrl}, with the key in ${adminKey.file}`,
    `  page        ${controllerUrl}/, sign in with that key`,
    `  Kafka       ${parts.env.KAFKA_BROKERS}`,
    `  registry    ${parts.env.SCHEMA_REGISTRY_URL}`,
    `  Redis       ${parts.env.REDIS_URL}`,
    ...(agents.length === 0 ? [] : ['known from before:', ...agents.map(keptLine)]),
    'next: describe your agent and how its new version is to be released (README.md, "Your own agent"), and apply both:',
    `  CONTROLLER_URL=${controllerUrl} npx coalmine apply agent.yaml`,
    `  CONTROLLER_URL=${controllerUrl} npx coalmine apply rollout.yaml`,
    `clients use ${ingressUrl}/v1 as base URL and the agent's name as model; why a rollout stands where it stands:`,
    `  CONTROLLER_URL=${controllerUrl} npx coalmine explain <rollout>`,
    keptIn === null
      ? 'Ctrl-C ends it all.'
      : `Ctrl-C ends it all; what you apply is kept for the next start in ${keptIn} (--fresh forgets it).`,
  ];
};
