import { regressionText } from '../../../schemas/sentence/regression.ts';
import { asSentence, capitalized } from '../../../schemas/sentence/figures.ts';
import { noAgent } from '../../commands/refusal.ts';
import type { Handler } from './handler.ts';

export const postMetrics: Handler<'postMetrics'> = (controller, { body }, { person, signal }) =>
  controller.postMetrics(body, person, signal);

export const getService: Handler<'getService'> = async (controller, { params: { agent } }, { person }) => {
  const [state] = controller.agents((name) => name === agent && person.sees(name));
  if (state === undefined) return { refusal: noAgent(agent) };
  const { version, open } = state.inService;
  const regressions = open.map(({ fact, atMs }) => ({
    ...fact,
    provenMs: atMs,
    sentence: asSentence(capitalized(regressionText('regression', fact))),
  }));
  return { ok: { agent, version, regressions, gauges: controller.gauges(agent) } };
};
