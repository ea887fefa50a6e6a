import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { AGENT_YAML } from '../test/simulation.fixture.ts';
import { startDocumentReader } from './document-reader.io.ts';

/** No YAML, in every place: each is an error, and takes the parser its time, of all together some seconds. */
const SLOW = ']'.repeat(250_000);
let reader: ReturnType<typeof startDocumentReader>;
afterEach(() => reader.stop());

it('reads documents in the order in which they come', async () => {
  reader = startDocumentReader();
  const read = await Promise.all([reader.read(AGENT_YAML), reader.read('kind: Nothing'), reader.read(AGENT_YAML)]);
  expect(read[0]).toMatchObject({ documents: [{ kind: 'Agent', metadata: { name: 'support' } }] });
  expect(read[1]).toHaveProperty('issues');
  expect(read[2]).toEqual(read[0]);
});

it('lets go on whatever else there is to do while it reads', async () => {
  reader = startDocumentReader();
  await reader.read(AGENT_YAML);
  const first = await Promise.race([reader.read(SLOW).then(() => 'read'), setImmediate('went on')]);
  expect(first).toBe('went on');
});

it('gives up a text that takes too long, says so, and reads the next one', async () => {
  reader = startDocumentReader(600);
  expect(await reader.read(SLOW)).toEqual({
    issues: [{ path: '', reason: 'it took longer than 0.6 s to read, and was given up' }],
  });
  await vi.waitFor(async () => expect(await reader.read(AGENT_YAML)).toHaveProperty('documents'), 20_000);
});
