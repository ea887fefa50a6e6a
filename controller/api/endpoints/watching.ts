import { noAgent } from '../../commands/refusal.ts';
import { openRegressions } from '../agent-view.ts';
import type { Handler } from './handler.ts';

export const postMetrics: Handler<'postMetrics'> = (controller, { body }, { person, signal }) =>
  controller.postMetrics(body, person, signal);

export const getService: Handler<'getService'> = async (controller, { params: { agent } }, { person }) => {
  const [state] = controller.agents((name) => name === agent && person.sees(name));
  if (state === undefined) return { refusal: noAgent(agent) };
  const { version } = state.inService;
  return { ok: { agent, version, regressions: openRegressions(state), gauges: controller.gauges(agent) } };
};
