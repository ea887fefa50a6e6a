import { afterEach, describe, expect, it } from 'vitest';
import type { RolloutView } from '../../schemas/controller-api.ts';
import { type Answers, startStubController, type StubController } from '../controller/stub-controller.fixture.ts';
import { agentWith, rolloutWith, stepWith } from '../controller/views.fixture.ts';
import { audit } from './audit.ts';
import { get } from './get.ts';
import { history } from './history.ts';
import { list } from './list.ts';
import { type Ended, runVerb } from './run-verb.fixture.ts';
import type { Verb } from './verb.ts';
import { versions } from './versions.ts';
import { watch } from './watch.ts';

let controller: StubController | undefined;
afterEach(() => controller?.close());

const run = async (verb: Verb, answers: Answers, ...args: string[]): Promise<Ended> => {
  controller = await startStubController(answers);
  return runVerb(verb, args, { CONTROLLER_URL: controller.url });
};

const over = rolloutWith({
  id: 'support-v1#2',
  name: 'support-v1',
  state: 'rolled_back',
  endedAtMs: Date.UTC(2026, 0, 2),
});
const rollouts = { 'GET /v1/rollouts': { rollouts: [over, rolloutWith()], next: null } };
const rollout = { 'GET /v1/rollouts/support-v2': rolloutWith(), 'GET /v1/rollouts/support-v2%234': rolloutWith() };
const agent = { 'GET /v1/agents/support': agentWith(), 'GET /v1/agents': { agents: [agentWith()] } };
const log = {
  'GET /v1/decisions': {
    decisions: [
      stepWith(3, 'v1', { by: 'controller', type: 'rollback', rollout: 'support-v2#2', reason: 'worse\u001b[2J' }),
      stepWith(2, 'v2', {
        type: 'start',
        rollout: 'support-v2#2',
        document: '{"kind":"Rollout","spec":{"agent":"support"}}',
      }),
      stepWith(1, 'v1', { document: '{"kind":"Agent"}' }),
    ],
    next: null,
  },
};

describe('list', () => {
  it('shows rollouts, those under way first, a line each', async () => {
    const { stdout } = await run(list, rollouts);
    expect(
      stdout
        .split('\n')
        .slice(0, 3)
        .map((line) => line.split('  ')[0]),
    ).toEqual(['ROLLOUT', 'support-v2#4', 'support-v1#2']);
    expect(stdout).toContain('canary 1/1 (25 %)');
    expect(stdout).toContain('v1 75 %, v2 25 %');
  });

  it('filters, prints JSON, shows agents, and says on stderr that there is nothing', async () => {
    const active = await run(list, rollouts, '--active', '--json');
    expect((JSON.parse(active.stdout) as { rollouts: RolloutView[] }).rollouts.map(({ id }) => id)).toEqual([
      'support-v2#4',
    ]);
    expect((await run(list, agent, 'agents')).stdout).toMatch(/AGENT +STABLE[^]*support +v1 +v1, v2/);
    expect(await run(list, rollouts, '--agent', 'other')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('no such'),
    });
    expect((await run(list, rollouts, '--state', 'lost')).code).toBe(2);
  });
});

describe('get', () => {
  it('finds a rollout, else an agent, and says which is meant by rollout/ and agent/', async () => {
    expect((await run(get, { ...rollout, ...agent }, 'support-v2')).stdout).toMatch(
      /^rollout +support-v2#4\n[^]*v2 is at 25 %\.\n$/,
    );
    expect((await run(get, { ...rollout, ...agent }, 'support')).stdout).toMatch(/^agent +support\n/);
    await run(get, { ...rollout, ...agent }, 'agent/support');
    expect(controller!.asked).toEqual(['GET /v1/agents/support']);
    expect(await run(get, {}, 'lost')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no rollout and no agent lost'),
    });
  });

  it('gives back the document as YAML', async () => {
    const { stdout } = await run(get, { ...agent, ...log }, 'support', '--document');
    expect(stdout).toBe('kind: Agent\n');
  });
});

it('versions says whom each serves', async () => {
  expect((await run(versions, agent, 'support')).stdout).toMatch(
    /support +v1 +v10123456789 +stable, stable 100 % .*\nsupport +v2 +v20123456789 +http/,
  );
});

it('history shows the steps, the latest last, with no escape of a reason', async () => {
  const { stdout } = await run(history, { ...rollout, ...log }, 'support-v2');
  expect(stdout).toMatch(/ register [^]* start [^]* rollback /);
  expect(controller!.asked.at(-1)).toBe('GET /v1/decisions?agent=support&rollout=support-v2%234&limit=50');
  expect(JSON.parse((await run(history, { ...rollout, ...log }, 'support-v2', '--json')).stdout)).toHaveProperty(
    'decisions.2',
  );
});

describe('audit', () => {
  it('says who changed what, old and new', async () => {
    const { stdout } = await run(audit, { ...agent, ...log });
    expect(stdout).toMatch(/ann \(key_1\) +support +support-v2#2 +start +v1 100 % → v2 100 %/);
    expect(stdout).toContain('worse\\x1b[2J');
  });

  it('tells people from the controller, and one person from another', async () => {
    const people = await run(audit, { ...agent, ...log }, '--people');
    expect(people.stdout).not.toContain('rollback');
    expect(
      (await run(audit, { ...agent, ...log }, '--by', 'KEY_1', '--type', 'start')).stdout.split('\n'),
    ).toHaveLength(3);
    expect(await run(audit, { ...agent, ...log }, '--by', 'bob')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'There are no such steps.\n',
    });
  });
});

describe('watch', () => {
  const watched = (state: RolloutView['state'], ...args: string[]): Promise<Ended> => {
    const view = rolloutWith({ state, endedAtMs: 1, sentence: 'so it is.' });
    return run(watch, { ...log, 'GET /v1/rollouts/support-v2': view }, 'support-v2', ...args);
  };

  it.each([
    ['promoted', 0],
    ['rolled_back', 3],
    ['aborted', 3],
    ['inconclusive', 4],
  ] as const)('of one that ends %s ends with %i', async (state, code) => {
    const ended = await watched(state);
    expect(ended.code).toBe(code);
    expect(ended.stdout).toContain(`\nsupport-v2#4: ${state}\n`);
  });

  it('prints a line of JSON for each step, and one for the end', async () => {
    const lines = (await watched('promoted', '--json')).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toMatchObject([
      { event: 'decision', sequence: 1 },
      { event: 'decision', sequence: 2 },
      { event: 'decision', sequence: 3 },
      { event: 'ended', state: 'promoted' },
    ]);
  });

  it('waits for a controller that is away, shows each step once, and gives up in time', async () => {
    let calls = 0;
    const flaky = (): unknown => ((calls += 1) === 1 ? 503 : rolloutWith());
    const answers = { ...log, ...rollout, 'GET /v1/rollouts/support-v2': flaky };
    const ended = await run(watch, answers, 'support-v2', '--timeout', '1500ms');
    expect(ended).toMatchObject({ code: 4, stderr: expect.stringMatching(/asking again\n[^]*has not ended in time/) });
    expect(ended.stdout.match(/ {2}rollback {2}/g)).toHaveLength(1);
  });

  it('of no rollout at all ends with 1', async () => {
    expect((await run(watch, {}, 'lost')).code).toBe(1);
  });
});
