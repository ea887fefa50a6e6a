import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { closedAfterEach, viewOf } from '../test/front-door.harness.ts';

const { frontDoor, upstream } = closedAfterEach();

const FORMS = ['plain', 'packed', 'streamed', 'untyped'];
const isStream = (form: string): boolean => form === 'streamed' || form === 'untyped';

const events = (response: object): string =>
  ['response.created', 'response.completed'].map((type) => `data: ${JSON.stringify({ type, response })}\n\n`).join('');

/** Answers in the form that it is asked for, with an id that is the form's own. */
const answerWith =
  (prefix: string) =>
  (res: ServerResponse, body: string): void => {
    const { input: form } = JSON.parse(body) as { input: string };
    const response = { id: prefix + form, object: 'response', status: 'completed', output: [{ type: 'message' }] };
    if (form === 'streamed') res.setHeader('content-type', 'text/event-stream');
    if (form === 'packed') res.setHeader('content-encoding', 'gzip');
    if (isStream(form)) res.end(`: hi\n\n${events(response)}`);
    else res.end(form === 'packed' ? gzipSync(JSON.stringify(response)) : JSON.stringify(response));
  };

it.each([
  'resp_',
  'resp.v1:eu/west#7?x=1',
  'resp_bGl0ZWxsbTo=.sig~x',
  '0191c5a0-5d3c-7f0e-8c1d-3f0a5d2b9e11',
  'a "quoted" \\ id',
  '响应 é✓',
  '.:',
  'r.'.repeat(508),
])('whoever goes on from an answer is answered by its version, whatever the form of its id: %s…', async (prefix) => {
  const [v1, v2] = [await upstream(answerWith(prefix)), await upstream(answerWith('of_v2_'))];
  const door = await frontDoor({ views: [viewOf(v1.url, v2.url, 0)] });
  const versionOf = async (form: string, more: object = {}): Promise<string | null> => {
    const asked = { model: 'support', user: 'someone of the candidate', input: form, stream: isStream(form) };
    const answer = await fetch(`${door.url}/v1/responses`, {
      method: 'POST',
      body: JSON.stringify({ ...asked, ...more }),
    });
    await answer.text();
    return answer.headers.get('x-coalmine-version');
  };
  for (const form of FORMS) expect(await versionOf(form)).toBe('v1');
  door.routed(viewOf(v1.url, v2.url, 99, { sequence: 4 }));
  for (const form of FORMS) {
    expect([form, await versionOf(form)]).toEqual([form, 'v2']);
    expect([form, await versionOf(form, { previous_response_id: prefix + form })]).toEqual([form, 'v1']);
    expect(await versionOf(form, { previous_response_id: `${prefix + form}x` })).toBe('v2');
  }
});
