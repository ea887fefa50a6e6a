import { CONTROLLER } from '../../schemas/actor.ts';
import type { ToldDecision } from '../../schemas/controller-api.ts';
import { DecisionType } from '../../schemas/decision.ts';
import { Option } from 'commander';
import { type AuditEntry, auditOf } from '../audit/entries.ts';
import { readDecisions } from '../audit/read-decisions.ts';
import { controllerAt } from '../controller/access.ts';
import { MOST_DECISIONS, stepsOf } from '../controller/named.ts';
import { momentText } from '../output/moments.ts';
import { print, printJson, say } from '../output/print.ts';
import { tableLines } from '../output/table.ts';
import { duration } from './option-values.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

type Options = {
  url: string;
  json: boolean;
  agent?: string;
  by?: string;
  type?: string;
  since?: number;
  people: boolean;
  topic: boolean;
};

const HEAD = ['TIME', 'WHO', 'AGENT', 'ROLLOUT', 'STEP', 'WHAT', 'REASON'];

const rowOf = ({ timeMs, by, agent, rollout, type, what, reason }: AuditEntry): string[] => [
  momentText(timeMs),
  by,
  agent,
  rollout,
  type,
  what,
  reason,
];

const fromController = async ({ url, agent }: Options): Promise<ToldDecision[]> => {
  const controller = controllerAt(url);
  const { agents } = await controller.listAgents({});
  const wanted = agents.filter(({ name }) => agent === undefined || name === agent);
  const steps = await Promise.all(wanted.map((view) => stepsOf(controller, { kind: 'agent', view })));
  return steps.flat();
};

const tell = async (options: Options): Promise<void> => {
  const { agent, by, type, since, people, json, topic, url } = options;
  const decisions = topic ? await readDecisions(url) : await fromController(options);
  const sinceMs = since === undefined ? 0 : Date.now() - since;
  const entries = auditOf(decisions).filter(
    (entry) =>
      entry.timeMs >= sinceMs &&
      (agent === undefined || entry.agent === agent) &&
      (type === undefined || entry.type === type) &&
      (by === undefined || entry.by.toLowerCase().includes(by.toLowerCase())) &&
      (!people || entry.by !== CONTROLLER),
  );
  if (json) return printJson({ entries });
  if (entries.length === 0) return say('There are no such steps.');
  print(tableLines(HEAD, entries.map(rowOf), { dropEmpty: true }));
};

export const audit: Verb = {
  name: 'audit',
  summary: 'shows who changed what, from the decision log',
  examples: ['npx coalmine audit --people --since 7d', 'npx coalmine audit --agent support --by ann --topic --json'],
  define: (command) => {
    withJson(withUrl(command))
      .description(
        `Shows who took which step, when, and what it changed (old → new). The controller has the last ${MOST_DECISIONS} steps of each agent; --topic reads all of them, from the log itself.`,
      )
      .option('--agent <name>', 'only of this agent')
      .option('--by <text>', 'only of whom the log calls so: a name, a part of it, a key’s id')
      .addOption(new Option('--type <step>', 'only these steps').choices(DecisionType.options))
      .option('--since <duration>', 'only of this time: 7d, 12h', duration)
      .option('--people', 'only what people did, not the controller by itself', false)
      .option('--topic', 'read coalmine.decisions to its beginning (KAFKA_BROKERS, SCHEMA_REGISTRY_URL)', false)
      .action(tell);
  },
};
