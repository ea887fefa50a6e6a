import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { anyOf } from '../../schemas/any-value.fixture.ts';
import { Decision } from '../../schemas/decision.ts';
import { startStubController, type StubController } from '../controller/stub-controller.fixture.ts';
import { type Ended, runVerb } from './run-verb.fixture.ts';
import { abort, approve, pause, promote, resume, skip } from './steps.ts';
import type { Verb } from './verb.ts';

const [any] = fc.sample(anyOf(Decision), { seed: 1, numRuns: 1 }) as [Decision];
const decision = { ...any, sentence: 'v2 goes\u001b[2J on.' };

let controller: StubController;
afterEach(() => controller.close());

/** Asked of a controller that takes every step, or refuses each. */
const step = async (verb: Verb, answer: unknown, ...args: string[]): Promise<Ended> => {
  controller = await startStubController({ [`POST /v1/rollouts/support-v2/${verb.name}`]: answer });
  return runVerb(verb, ['support-v2', ...args], { CONTROLLER_URL: controller.url });
};

describe('a step that a person takes from the command line', () => {
  it.each([
    [pause, [], ''],
    [resume, [], ''],
    [skip, [], ''],
    [approve, [], ''],
    [abort, [], ''],
    [promote, ['--arm', 'kind'], ',"arm":"kind"'],
  ])('$0.name is asked of the controller, and told by its sentence', async (verb, more, body) => {
    const ended = await step(verb, { decision }, '--reason', 'as agreed', ...more);
    expect(ended).toMatchObject({ code: 0, stdout: 'v2 goes\\x1b[2J on.\n' });
    expect(controller.asked).toEqual([`POST /v1/rollouts/support-v2/${verb.name} {"reason":"as agreed"${body}}`]);
  });

  it('prints the decision as JSON', async () => {
    expect(JSON.parse((await step(pause, { decision }, '--json')).stdout)).toEqual(decision);
  });

  it('that is refused ends with 1 and the controller’s own words', async () => {
    const ended = await step(resume, 409);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('it is not as you think') });
  });
});
