import type { GaugeView } from '../../schemas/watching-api.ts';
import { controllerAt } from '../controller/access.ts';
import { spanText } from '../output/moments.ts';
import { type Check, type Finding, findingsOf } from './finding.ts';

const { ok, warn } = findingsOf('gauges');

/** Of an agent's outside gauges: those that could not be read, or that nobody has posted of late. */
export const gaugeFindings = (agent: string, gauges: readonly GaugeView[], nowMs: number): Finding[] => {
  const findings = gauges.flatMap(({ gauge, version, timeMs, problem, isStale }) => {
    const name = `${gauge} of ${version === '' ? agent : `${agent}@${version}`}`;
    if (problem !== null)
      return [warn(`${name} can't be read: ${problem}`, "mend its query in the agent's document, or who answers it")];
    if (!isStale || timeMs === null) return [];
    return [
      warn(
        `${name} was told last ${spanText(nowMs - timeMs)} ago`,
        'post it again; a limit on it holds its rollout until then',
      ),
    ];
  });
  if (findings.length > 0 || gauges.length === 0) return findings;
  return [ok(`${agent}: ${gauges.length === 1 ? '1 gauge is' : `all ${gauges.length} gauges are`} fresh`)];
};

export const gaugesCheck: Check = {
  name: 'gauges',
  about: "whether agents' outside gauges are read or posted",
  run: async (url) => {
    const controller = controllerAt(url);
    const { agents } = await controller.listAgents({});
    const ofAgents = await Promise.all(agents.map(({ name }) => controller.getService({ params: { agent: name } })));
    const nowMs = Date.now();
    const findings = ofAgents.flatMap(({ agent, gauges }) => gaugeFindings(agent, gauges, nowMs));
    return findings.length === 0 ? [ok('there are none')] : findings;
  },
};
