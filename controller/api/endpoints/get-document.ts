import type { ResponseOf } from '../../../schemas/controller-api.ts';
import { unknown } from '../../commands/refusal.ts';
import type { Handler } from './handler.ts';

/** A rollout's and a report's name is not of one agent: the latest that somebody sees is meant. */
export const getDocument: Handler<'getDocument'> = async (controller, { params: { kind, name } }, { person }) => {
  const reported = (): string | undefined =>
    controller
      .filed(person.sees)
      .filter(({ document }) => document.kind === kind && document.metadata.name === name)
      .toSorted((a, b) => a.timeMs - b.timeMs)
      .at(-1)?.agent;
  const agentOf = {
    Agent: () => name,
    Rollout: () => controller.rollout(name, person.sees)?.agent,
    Gate: reported,
    Calibration: reported,
    // Of no agent: whoever may see all of them may see it.
    Alerting: () => '',
  };
  const agent = agentOf[kind]();
  const found = agent !== undefined && person.sees(agent) ? controller.document({ kind, name, agent }) : null;
  return found === null
    ? { refusal: unknown(`there is no ${kind} ${name}`) }
    : { ok: found as ResponseOf<'getDocument'> };
};
