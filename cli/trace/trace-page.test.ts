import { afterEach, describe, expect, it } from 'vitest';
import { type Answers, startStubController, type StubController } from '../controller/stub-controller.fixture.ts';
import { stepWith } from '../controller/views.fixture.ts';
import { body, exchangeOf } from '../../schemas/exchange.fixture.ts';
import { said, shadowOf } from '../shadow-report/shadow.fixture.ts';
import { runVerb } from '../verbs/run-verb.fixture.ts';
import { traceVerb } from '../verbs/trace.ts';
import { type Trace, tracePage } from './trace-page.ts';

const exchange = exchangeOf({
  exchangeId: 'x-7',
  routingSequence: 4,
  servedVersion: 'v2',
  assignedVersion: 'v2',
  requestBody: body(JSON.stringify({ messages: [{ role: 'user', content: 'Where is it?\u001b[2J' }] })),
  responseBody: said('On its way.'),
});
const score = {
  metric: 'empathy',
  status: 'scored',
  value: 0.2,
  liveValue: null,
  delta: null,
  judge: 'lexicon@1',
  reason: '',
} as const;
const { exchange: _whole, ...shadow } = shadowOf(7, { version: 'v3', differences: ['text'] });
const { agent, rollout, slices, routingSequence, assignedVersion: version } = exchange;
const ofExchange = { exchangeId: 'x-7', agent, rollout, slices };
const excerpt = { state: 'full', sizeBytes: 1, text: '', isCut: false } as const;
const trace: Trace = {
  exchange,
  asked: excerpt,
  answered: excerpt,
  decision: stepWith(4, 'v2', { by: 'ann (key_1)', sentence: 'v2 gets all of the traffic.' }),
  scores: [
    {
      ...ofExchange,
      shadowId: null,
      kind: 'live',
      routingSequence,
      version,
      arm: 'stable',
      evidence: true,
      exchangeAtMs: 1,
      scoredAtMs: 2,
      ...score,
    },
  ],
  feedback: [],
  shadows: [
    {
      ...shadow,
      ...ofExchange,
      worst: null,
      scores: [{ ...score, value: 0.1, liveValue: 0.6, delta: -0.5 }],
      answer: excerpt,
    },
  ],
};
const content = { code: 'git:abc', prompt: 'Be brief.\n', model: { temperature: 0 }, dependencies: {} };

describe('the trace of an exchange', () => {
  it('is shown in one look, with nothing in it that a terminal would obey', () => {
    const lines = tracePage(trace, { view: { label: 'v2', id: 'f'.repeat(64), content } });
    expect(lines.join('\n')).not.toContain('\u001b');
    expect(lines).toEqual(
      expect.arrayContaining([
        '  agent support, answered by v2; by weight, sequence 4, rollout support-1',
        '    user: Where is it? [2J',
        '    On its way.',
        '    empathy 0.2 by lexicon@1',
        `version v2 (${'f'.repeat(64)})`,
        '  code   git:abc',
        '    Be brief.',
        '    differs in text',
        '    empathy 0.1 (live 0.6) by lexicon@1',
        'decision in force',
      ]),
    );
    expect(lines.at(-1)).toMatch(/register by ann \(key_1\): v2 gets all of the traffic\.$/);
    expect(tracePage(trace, { reason: 'nobody answers' })).toContain('version v2: nobody answers');
  });

  it('says what of a body was not kept', () => {
    const hashed = { ...body('secret'), state: 'hashed' as const, text: '' };
    const kept = { ...trace, exchange: { ...exchange, requestBody: hashed, responseBody: hashed } };
    expect(tracePage(kept, { reason: '' })).toContain('    (6 bytes, hashed: not kept)');
  });
});

describe('coalmine trace', () => {
  let controller: StubController | undefined;
  afterEach(() => controller?.close());
  const run = async (answers: Answers, ...args: string[]) => {
    controller = await startStubController(answers);
    return runVerb(traceVerb, ['x-7', ...args], { CONTROLLER_URL: controller.url });
  };
  const known = { 'GET /v1/exchanges/x-7': trace };

  it('asks the controller for all that it has of the exchange, and shows it though the version is not known', async () => {
    const { code, stdout } = await run(known);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^exchange x-7\n[^]*\n {4}On its way\.\n[^]*\nversion v2: it is not as you think/);
    const asJson = await run(known, '--json');
    expect(JSON.parse(asJson.stdout)).toEqual(JSON.parse(JSON.stringify({ ...trace, version: null })));
  });

  it('says what an id is where there is no such exchange, and in the controller’s words what else was wrong', async () => {
    expect(await run({})).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no exchange x-7.*x-coalmine-exchange-id/),
    });
    expect(await run({ 'GET /v1/exchanges/x-7': 403 })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('it is not as you think'),
    });
  });
});
