import { describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../platform/kafka/memory-bus.ts';
import { body, exchangeOf } from '../../schemas/exchange.fixture.ts';
import type { Stamped, Tick } from '../../schemas/envelope.ts';
import type { Exchange } from '../../schemas/exchange.ts';
import { sheetWith } from '../../schemas/score.fixture.ts';
import { EXCHANGES, SCORES, SHADOWS, type Topic } from '../../schemas/topics.ts';
import { said, shadowOf, sheetOf } from '../shadow-report/shadow.fixture.ts';
import { readTrace, type Trace } from './read-trace.ts';
import { tracePage } from './trace-page.ts';

const exchange = exchangeOf({
  exchangeId: 'x-7',
  routingSequence: 4,
  servedVersion: 'v2',
  assignedVersion: 'v2',
  requestBody: body(JSON.stringify({ messages: [{ role: 'user', content: 'Where is it?\u001b[2J' }] })),
  responseBody: said('On its way.'),
});
const bus = createMemoryBus();
let sequence = 0;
const append = async <E>(topic: Topic<Stamped<E, Tick>>, key: string, event: E): Promise<void> => {
  const partition = bus.partitionFor(key, await bus.partitionCount(topic));
  const record = { source: 's', sequence: (sequence += 1), timeMs: 1_000, event, tick: null };
  await bus.append(topic, partition, [record]);
};
const written = (async () => {
  for (const id of ['x-1', 'x-7', 'x-7', 'x-8'])
    await append(EXCHANGES, id, { ...exchange, exchangeId: id } satisfies Exchange);
  await append(SHADOWS, 'x-7', shadowOf(7, { version: 'v3', differences: ['text'] }));
  await append(SCORES, 'x-7', sheetWith({ exchangeId: 'x-7', metric: 'empathy', value: 0.2 }));
  await append(SCORES, 'x-7', sheetOf(7, 'empathy', -0.5));
  await append(SCORES, 'x-1', sheetWith({ exchangeId: 'x-1', metric: 'refusal', value: 1 }));
})();
const traceOf = async (id: string): Promise<Trace | null> => {
  await written;
  return readTrace(bus, id, () => {});
};

describe('the trace of an exchange', () => {
  it('has all that the log holds of it, once, and nothing of others', async () => {
    const trace = await traceOf('x-7');
    expect(trace?.exchange).toEqual(exchange);
    expect(trace?.shadows).toMatchObject([{ version: 'v3' }]);
    expect(trace?.sheets.flatMap(({ scores }) => scores.map(({ metric }) => metric))).toEqual(['empathy', 'empathy']);
    expect(trace?.decision).toBeNull();
    expect(await traceOf('x-9')).toBeNull();
  });

  it('is shown in one look, with nothing in it that a terminal would obey', async () => {
    const trace = await traceOf('x-7');
    const content = { code: 'git:abc', prompt: 'Be brief.\n', model: { temperature: 0 }, dependencies: {} };
    const lines = tracePage(trace!, { view: { label: 'v2', id: 'f'.repeat(64), content } });
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
      ]),
    );
    expect(tracePage(trace!, { reason: 'nobody answers' })).toContain('version v2: nobody answers');
  });

  it('says what of a body was not kept', async () => {
    const hashed = { ...body('secret'), state: 'hashed' as const, text: '' };
    const trace = { ...(await traceOf('x-7'))!, exchange: { ...exchange, requestBody: hashed, responseBody: hashed } };
    expect(tracePage(trace, { reason: '' })).toContain('    (6 bytes, hashed: not kept)');
  });
});
