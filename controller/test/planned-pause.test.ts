import { expect, it } from 'vitest';
import type { Decision } from '../../schemas/decision.ts';
import { worldOf } from './play.fixture.ts';
import { AGENT_YAML, createSimulation, startSimulated } from './simulation.fixture.ts';
import { person } from './person.fixture.ts';

const never = new AbortController().signal;
const ROLLOUT = `
apiVersion: coalmine/v1
kind: Rollout
metadata: { name: support-v2 }
spec:
  agent: support
  candidate: v2
  minRequests: 20
  stages: [{ weightPct: 25, duration: 6s }, { pause: { duration: 30s } }, { weightPct: 50, duration: 6s }]
`;
const told = ({ type, stage, by }: Decision): string => `${type} ${stage} ${by}`;

it(
  'a timed pause ends when the log says, though the controller that took it was killed in it',
  { timeout: 30_000 },
  async () => {
    const simulation = createSimulation(21);
    const first = await startSimulated(simulation.bus, simulation.store, simulation.clock);
    const applied = await first.apply(`${AGENT_YAML}---${ROLLOUT}`, person('ann'), never);
    if ('refusal' in applied) throw new Error(JSON.stringify(applied.refusal));
    await simulation.run([first], worldOf(80), 12);
    const pause = first.rollout('support-v2')!.pause!;
    expect(first.rollout('support-v2')?.sentence).toMatch(/^v2 waits at 25 % of the traffic for \d+ seconds, then it/);
    await first.stop();

    const second = await startSimulated(simulation.bus, simulation.store, simulation.clock);
    expect(second.rollout('support-v2')).toMatchObject({ state: 'paused', pause, dueMs: pause.untilMs });
    await simulation.run([second], worldOf(80), 60);
    const log = await simulation.log();
    expect(log.map(told)).toEqual([
      'register 0 ann',
      'start 0 ann',
      'pause 0 controller',
      'resume 0 controller',
      'advance 1 controller',
      'promote 1 controller',
    ]);
    const resume = log.find(({ type }) => type === 'resume')!;
    expect(resume.windowsThroughMs).toBeGreaterThanOrEqual(pause.untilMs!);
    expect(resume.windowsThroughMs).toBeLessThan(pause.untilMs! + 2_000);
    await second.stop();
  },
);
