import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { anyOf } from '../../schemas/any-value.fixture.ts';
import { Decision } from '../../schemas/decision.ts';

const [any] = fc.sample(anyOf(Decision), { seed: 1, numRuns: 1 }) as [Decision];
const decision = { ...any, sentence: 'v2 goes on.' };

let server: Server | undefined;
afterEach(() => void server?.close());

/** A controller that takes every step, or refuses each, and what it was asked. */
const controller = async (status = 200): Promise<{ url: string; asked: string[] }> => {
  const asked: string[] = [];
  server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      asked.push(`${request.method} ${request.url} ${await text(request)}`);
      const body = status === 200 ? { decision } : { error: { message: 'it is not paused', issues: [] } };
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    answer().catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
};
const coalmine = (url: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      ['cli/coalmine.ts', ...args],
      { cwd: path.resolve(import.meta.dirname, '../..'), env: { ...process.env, CONTROLLER_URL: url } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

describe('a step that a person takes from the command line', { timeout: 30_000 }, () => {
  it.each([
    ['pause', [], ''],
    ['resume', [], ''],
    ['abort', [], ''],
    ['promote', ['--arm', 'kind'], ',"arm":"kind"'],
  ])('%s is asked of the controller, and told by its sentence', async (verb, more, body) => {
    const { url, asked } = await controller();
    const ran = await coalmine(url, verb, 'support-v2', '--reason', 'as agreed', ...more);
    expect(ran).toMatchObject({ code: 0, stdout: 'v2 goes on.\n' });
    expect(asked).toEqual([`POST /v1/rollouts/support-v2/${verb} {"reason":"as agreed"${body}}`]);
  });

  it('that is refused ends with 1 and the controller’s own words', async () => {
    const { url } = await controller(409);
    expect(await coalmine(url, 'resume', 'support-v2')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('it is not paused'),
    });
  });
});
