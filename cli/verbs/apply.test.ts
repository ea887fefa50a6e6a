import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import type { Applied } from '../../schemas/controller-api.ts';

const began: Applied = {
  kind: 'Rollout',
  name: 'support-v2',
  result: 'started',
  agent: 'support',
  sequence: 2,
  rollout: 'support-v2#2',
  note: '',
  timeToVerdict: null,
  sentence: 'At 12 requests a minute it needs about 19 hours more.',
};
const unchanged: Applied = { ...began, result: 'unchanged', note: 'it is under way', sentence: '' };

let server: Server | undefined;
let folder: string | undefined;
afterEach(async () => {
  server?.close();
  if (folder !== undefined) await rm(folder, { recursive: true });
  folder = undefined;
});

const applyTo = async (applied: Applied[], ...args: string[]) => {
  const asked: string[] = [];
  server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      asked.push(`${request.method} ${request.url} ${await text(request)}`);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ applied }));
    };
    answer().catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = await mkdtemp(path.join(tmpdir(), 'apply-'));
  const files = ['agent', 'rollout'].map((name) => path.join(folder!, `${name}.yaml`));
  for (const file of files) writeFileSync(file, `from: ${path.basename(file)}`);
  return new Promise<{ code: number; stdout: string; stderr: string; asked: string[] }>((resolve) => {
    execFile(
      process.execPath,
      ['cli/coalmine.ts', 'apply', ...args, ...files],
      { cwd: path.resolve(import.meta.dirname, '../..'), env: { ...process.env, CONTROLLER_URL: url } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr, asked }),
    );
  });
};

describe('the apply command', { timeout: 30_000 }, () => {
  it('gives all files as one text, says what became of each, and how long a rollout takes', async () => {
    const { code, stdout, asked } = await applyTo([began]);
    expect([code, stdout]).toEqual([
      0,
      'Rollout support-v2: started (support-v2#2)\n  At 12 requests a minute it needs about 19 hours more.\n',
    ]);
    expect(asked).toEqual(['POST /v1/documents from: agent.yaml\n---\nfrom: rollout.yaml']);
  });

  it('says why nothing was done, restarts on request, and prints JSON', async () => {
    const told = await applyTo([unchanged], '--restart');
    expect(told.stdout).toBe('Rollout support-v2: unchanged (support-v2#2); it is under way\n');
    expect(told.asked[0]).toContain('/v1/documents?restart=true');
    expect(JSON.parse((await applyTo([unchanged], '--json')).stdout)).toEqual({ applied: [unchanged] });
  });

  it('names a file that is not there', async () => {
    const { code, stderr, asked } = await applyTo([], 'missing.yaml');
    expect([code, asked]).toEqual([1, []]);
    expect(stderr).toMatch(/^coalmine: missing\.yaml can't be read/);
  });
});
