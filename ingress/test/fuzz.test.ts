import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../platform/process/clock.ts';
import { startFrontDoor, until, viewOf } from './front-door.harness.ts';
import type { TestFrontDoor } from './front-door.harness.ts';
import { ABUSE_KINDS, abuseOf } from './http-abuse.harness.ts';
import { faultsIn, play, startEchoVersion, startHonest } from './http-abuse-play.harness.ts';
import type { EchoVersion } from './http-abuse-play.harness.ts';
import { RawClient } from './raw-http.harness.ts';

/** INGRESS_FUZZ_SEED repeats a run, INGRESS_FUZZ_ROUNDS makes it longer: so often each kind of abuse is done. */
const SEED = Number(process.env['INGRESS_FUZZ_SEED'] ?? Date.now() % 1_000_000);
const ROUNDS = Number(process.env['INGRESS_FUZZ_ROUNDS'] ?? 25);
const AT_ONCE = 25;
const TIMEOUT_MS = 30_000 + ROUNDS * 5_000;

let version: EchoVersion;
let door: TestFrontDoor;
let honest: ReturnType<typeof startHonest>;
beforeAll(async () => {
  process.stderr.write(`fuzz of HTTP: INGRESS_FUZZ_SEED=${SEED}\n`);
  version = await startEchoVersion();
  door = await startFrontDoor({
    views: [viewOf(version.url, version.url, 50)],
    policy: { limits: { maxBodyBytes: 100_000 } },
  });
  honest = startHonest(door.url, 2);
});
afterAll(async () => {
  await door.close();
  await version.close();
});
const idle = async (): Promise<void> => {
  await until(() => version.underWay() <= 2 && door.server.pending() <= 2, 'all but the honest to be gone');
};

describe('the front door under abuse', () => {
  it(
    `answers nobody wrongly and passes on nothing that was smuggled (seed ${SEED})`,
    { timeout: TIMEOUT_MS },
    async () => {
      const all = Array.from({ length: ROUNDS * ABUSE_KINDS.length }, (_, n) => abuseOf(SEED, n));
      const faults: string[] = [];
      const left = [...all];
      const work = async (): Promise<void> => {
        for (let abuse = left.shift(); abuse !== undefined; abuse = left.shift()) {
          faults.push(...faultsIn(await play(door.server.port, abuse, abuse.isSound ? 5_000 : 150)));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      await idle();
      expect(faults).toEqual([]);
      const allowed = new Set(all.flatMap(({ marks }) => marks));
      const seen = version.marks.filter((mark) => mark !== '' && !mark.startsWith('honest'));
      expect(version.smuggled).toEqual([]);
      // A changed byte may be one of the mark; else each reached its version once at most.
      const changed = new Set(all.filter(({ kind }) => kind === 'byte changed').flatMap(({ marks }) => marks));
      const strange = seen.filter((mark) => !allowed.has(mark));
      expect(strange.length).toBeLessThanOrEqual(changed.size);
      expect(seen.filter((mark, i) => seen.indexOf(mark) !== i && !strange.includes(mark))).toEqual([]);
    },
  );

  it.each([
    'Content-Length: 0\r\nContent-Length: 900',
    'Content-Length: 0\r\nHost: b',
    'Content-Length: 3\r\nContent-Length: 3',
  ])('takes nothing that follows an ambiguous request in its packet for another one: %j', async (headers) => {
    const before = version.marks.length;
    const body = JSON.stringify({ model: 'support', user: 'smuggled' });
    const next = `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const client = new RawClient(door.server.port);
    client.write(`POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n${next}`);
    await client.closed();
    expect(client.answers.every(({ status }) => status === 400)).toBe(true);
    expect(version.marks.slice(before)).not.toContain('smuggled');
  });

  it(
    'is not held up by clients that dawdle over head or body, nor by a storm of connections',
    { timeout: 20_000 },
    async () => {
      const dawdlers = Array.from({ length: 100 }, (_, i) => {
        const client = new RawClient(door.server.port);
        client.write('POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n');
        if (i % 2 === 0) client.write('Content-Length: 1000\r\n\r\n{"model":');
        return client;
      });
      const before = honest.told.answered;
      for (let round = 0; round < 10; round++) {
        const storm = Array.from({ length: 50 }, () => new RawClient(door.server.port));
        for (const client of dawdlers) client.write('x');
        await systemClock.sleep(10);
        for (const [i, client] of storm.entries()) {
          if (i % 2 === 0) client.destroy();
          else client.socket.resetAndDestroy();
        }
      }
      await until(() => honest.told.answered > before + 50, 'the honest to be answered meanwhile');
      for (const client of dawdlers) client.destroy();
      await idle();
    },
  );

  it('leaves nothing behind, and honest clients noticed nothing', async () => {
    const { answered, failures } = await honest.stop();
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(50);
    await until(() => door.server.pending() === 0 && version.underWay() === 0, 'nothing to be pending');
    expect(door.front.held.bytes).toBe(0);
    expect((await fetch(`${door.url}/livez`)).status).toBe(200);
  });
});
