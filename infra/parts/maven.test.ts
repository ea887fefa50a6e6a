import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Jar } from './lock.ts';
import { checkSha256, fetchJars, missingJars } from './maven.ts';
import { PartsError } from './parts-error.ts';

const body = 'the jar';
const jar: Jar = {
  set: 'kafka',
  coord: 'org.example:thing:1.0',
  file: 'thing-1.0.jar',
  sizeBytes: body.length,
  sha256: createHash('sha256').update(body).digest('hex'),
};

let folder: string;
let server: http.Server;
let answer: http.RequestListener;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'coalmine-maven-'));
  server = http.createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a server that listens on TCP has such an address
  const { port } = server.address() as AddressInfo;
  env = { MAVEN_REPO_URL: `http://127.0.0.1:${port}/maven` };
});

afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

describe('fetchJars', () => {
  it('fetches what is missing, tells every byte, and then misses nothing', async () => {
    const asked: (string | undefined)[] = [];
    answer = (request, response) => {
      asked.push(request.url);
      response.end(body);
    };
    let arrivedBytes = 0;
    await fetchJars(missingJars([jar], folder), folder, { env, onBytes: (bytes) => (arrivedBytes += bytes) });
    expect(asked).toEqual(['/maven/org/example/thing/1.0/thing-1.0.jar']);
    expect(arrivedBytes).toBe(jar.sizeBytes);
    expect(missingJars([jar], folder)).toEqual([]);
  });

  it('tries again after a failure and takes back the bytes it had told', async () => {
    let requests = 0;
    answer = (_, response) => {
      requests += 1;
      if (requests === 1) response.writeHead(503);
      response.end(requests === 2 ? 'half' : body);
    };
    let arrivedBytes = 0;
    await fetchJars([jar], folder, { env, onBytes: (bytes) => (arrivedBytes += bytes) });
    expect(requests).toBe(3);
    expect(arrivedBytes).toBe(jar.sizeBytes);
  });

  it('refuses another content of the same size at once, says what to do, and leaves nothing behind', async () => {
    let requests = 0;
    answer = (_, response) => {
      requests += 1;
      response.end('The Jar');
    };
    const fetched = fetchJars([jar], folder, { env, onBytes: () => {} });
    await expect(fetched).rejects.toThrow(/^org\.example:thing:1\.0 was downloaded with sha256 .* set MAVEN_REPO_URL/);
    await expect(fetched).rejects.toBeInstanceOf(PartsError);
    expect(requests).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says what to do when the repository cannot be reached', async () => {
    server.close();
    const fetched = fetchJars([jar], folder, { env, onBytes: () => {} });
    await expect(fetched).rejects.toThrow(/could not be downloaded.*check the network, or set MAVEN_REPO_URL/);
  });
});

describe('checkSha256', () => {
  it('passes the right content', async () => {
    const file = path.join(folder, jar.file);
    writeFileSync(file, body);
    await expect(checkSha256(file, jar)).resolves.toBeUndefined();
  });
});
