import { request } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { startHealth } from './health.ts';
import { createMetrics } from './metrics.ts';

let stop = async (): Promise<void> => {};
afterEach(() => stop());

it('answers live, ready with its reason, and metrics', async () => {
  const metrics = createMetrics('judge');
  let reason: string | null = 'Kafka is away';
  const health = await startHealth({ port: 0, host: '127.0.0.1', ready: () => reason, metrics });
  stop = () => health.stop();
  const get = async (path: string): Promise<[number, string]> => {
    const response = await fetch(`http://127.0.0.1:${health.port}${path}`);
    return [response.status, await response.text()];
  };
  expect(await get('/livez')).toEqual([200, 'ok\n']);
  expect(await get('/readyz')).toEqual([503, 'Kafka is away\n']);
  reason = null;
  expect(await get('/readyz')).toEqual([200, 'ok\n']);
  metrics.counter('scores_total', 'Scores', ['agent']).inc({ agent: 'a' }, 2);
  metrics.counter('scores_total', 'Scores', ['agent']).inc({ agent: 'a' });
  const [status, text] = await get('/metrics');
  expect(status).toBe(200);
  expect(text).toContain('coalmine_judge_scores_total{agent="a"} 3');
  expect(text).toContain('process_cpu_seconds_total');
  expect((await get('/other'))[0]).toBe(404);
});

it('tells what is to be known of a service that is ready, which stays ready', async () => {
  const note = () => 'nothing was published since noon';
  const health = await startHealth({
    port: 0,
    host: '127.0.0.1',
    ready: () => null,
    note,
    metrics: createMetrics('judge'),
  });
  stop = () => health.stop();
  const response = await fetch(`http://127.0.0.1:${health.port}/readyz`);
  expect([response.status, await response.text()]).toEqual([200, 'ok, but nothing was published since noon\n']);
});

it('says which port is taken', async () => {
  const options = { host: '127.0.0.1', ready: () => null, metrics: createMetrics('a') };
  const first = await startHealth({ port: 0, ...options });
  stop = () => first.stop();
  await expect(startHealth({ port: first.port, ...options })).rejects.toThrow(
    `port ${first.port} for health and metrics is taken`,
  );
});

it('tells no page of another site anything, neither by its origin nor by a name that it had resolved to this host', async () => {
  const health = await startHealth({ port: 0, host: '127.0.0.1', ready: () => null, metrics: createMetrics('a') });
  stop = () => health.stop();
  const statusOf = (path: string, headers: Record<string, string>): Promise<number> =>
    new Promise((resolve, reject) => {
      const asked = request({ port: health.port, host: '127.0.0.1', path, headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      asked.on('error', reject).end();
    });
  const ours = `127.0.0.1:${health.port}`;
  for (const path of ['/metrics', '/readyz', '/livez']) {
    expect(await statusOf(path, { host: ours })).toBe(200);
    expect(await statusOf(path, { host: ours, origin: `http://${ours}` })).toBe(200);
    expect(await statusOf(path, { host: ours, origin: 'https://evil.example' })).toBe(403);
    expect(await statusOf(path, { host: `evil.example:${health.port}` })).toBe(403);
    expect(await statusOf(path, { host: `0.0.0.0:${health.port}` })).toBe(403);
  }
});
