import type { Bus } from '../../platform/kafka/bus.ts';
import type { Decision, RolloutState } from '../../schemas/decision.ts';
import { AgentDocument } from '../../schemas/documents.ts';
import { DECISIONS } from '../../schemas/topics.ts';
import type { ControllerClient } from '../controller/client.ts';
import { until } from '../until.ts';
import type { Reporter } from './reporter.ts';
import type { Ending, Played, RolloutPlan, Story } from './story.ts';

/** Of what takes a moment on a machine with time to spare. */
const LOG_TIMEOUT_MS = 60_000;
const ENDINGS: readonly (RolloutState | null)[] = ['promoted', 'rolled_back', 'aborted', 'inconclusive'];

/** The decision log of one agent, as it comes in. Told are those from `sinceMs` on; earlier ones are an earlier start's. */
export type Follower = { decisions: readonly Decision[]; stop(): Promise<void> };

export const followDecisions = async (
  bus: Bus,
  agent: string,
  onDecision: (decision: Decision) => void,
  sinceMs = 0,
): Promise<Follower> => {
  const decisions: Decision[] = [];
  const consumer = await bus.tail(DECISIONS, async (_partition, records) => {
    for (const { value } of records) {
      const current = decisions.at(-1)?.sequence ?? 0;
      if (value.agent !== agent || value.expect !== current) continue;
      decisions.push(value);
      if (value.timeMs >= sinceMs) onDecision(value);
    }
  });
  return { decisions, stop: () => consumer.stop() };
};

const decisionAfter = (log: Follower, sequence: number, wanted: (d: Decision) => boolean): Decision | undefined =>
  log.decisions.find((d) => d.sequence > sequence && wanted(d));

const isKnownToBeOver = async (controller: ControllerClient, name: string): Promise<true | undefined> => {
  const { state } = await controller.getRollout({ params: { name } });
  return ENDINGS.includes(state) || undefined;
};

/**
 * Resolves once the log of the agent is known up to now and no rollout of it is under way: one that an earlier start left is
 * aborted, as an agent has one at a time. The controller must have read its log.
 */
export const clearTheStage = async (controller: ControllerClient, log: Follower, agent: string): Promise<void> => {
  const known = await controller.listAgents({});
  const before = known.agents.find(({ name }) => name === agent);
  if (before === undefined) return;
  const name = before.rollout?.split('#')[0];
  if (name !== undefined)
    await controller.abortRollout({ params: { name }, body: { reason: 'the story begins again' } });
  if (name !== undefined) await until('the abort', () => isKnownToBeOver(controller, name), LOG_TIMEOUT_MS);
  const { agents } = await controller.listAgents({});
  const sequence = agents.find((view) => view.name === agent)?.sequence ?? 0;
  const isRead = (): true | undefined => (log.decisions.at(-1)?.sequence ?? 0) >= sequence || undefined;
  await until(`the decision log of ${agent} to be read`, isRead, LOG_TIMEOUT_MS);
};

/** Plays the rollouts one after the other, each from the story's own stable version. */
export const playRollouts = async (options: {
  story: Story;
  controller: ControllerClient;
  log: Follower;
  reporter: Reporter;
  agentDocument: Record<string, unknown>;
  timeoutMs: number;
}): Promise<Played[]> => {
  const { story, controller, log, reporter, agentDocument, timeoutMs } = options;
  const played: Played[] = [];

  const play = async (plan: RolloutPlan): Promise<Played> => {
    const apply = (document: unknown) => controller.applyDocuments({ body: JSON.stringify(document) });
    const { name } = plan.document.metadata;
    await apply(agentDocument);
    const { stable } = AgentDocument.parse(agentDocument).spec;
    const current = log.decisions.at(-1)?.routing.arms.find((arm) => arm.name === 'stable')?.version ?? stable;
    if (current !== stable)
      await controller.setStable({
        params: { agent: story.agent },
        body: { version: stable, reason: 'the story begins again' },
      });
    const before = log.decisions.at(-1)?.sequence ?? 0;
    // Played before on the same log, it would be known, and nothing would begin.
    await controller.applyDocuments({ body: JSON.stringify(plan.document), query: { restart: 'true' } });
    const start = await until(
      'the rollout’s start in the decision log',
      () => decisionAfter(log, before, (d) => d.type === 'start'),
      LOG_TIMEOUT_MS,
    );
    reporter.rollout(name, start);
    const isEnd = (d: Decision): boolean => d.rollout === start.rollout && ENDINGS.includes(d.state);
    const end = await until(
      `the end of ${start.rollout}`,
      () => decisionAfter(log, start.sequence, isEnd),
      timeoutMs,
    ).catch(() => undefined);
    if (end === undefined) {
      await controller.abortRollout({ params: { name } });
      await until('the abort', () => decisionAfter(log, start.sequence, isEnd), LOG_TIMEOUT_MS);
    }
    // Two readers of one log: the controller may see the end a moment after us, and would refuse the next rollout until then.
    await until('the controller to know of the end', () => isKnownToBeOver(controller, name), LOG_TIMEOUT_MS);
    return {
      agent: story.agent,
      candidate: plan.candidate,
      rollout: start.rollout,
      outcome: (end?.state ?? 'inconclusive') as Ending,
      metric: end?.metric ?? null,
      slice: end?.slice ?? null,
    };
  };

  for (const plan of story.rollouts) {
    const ended = await play(plan);
    reporter.ended(ended, plan.mustEnd);
    played.push(ended);
  }
  return played;
};
