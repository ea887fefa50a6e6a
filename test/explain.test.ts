import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { serveApi } from '../controller/api/http-api.io.ts';
import { GOOD } from '../controller/test/play.fixture.ts';
import { AGENT_YAML, createSimulation, rolloutYaml, startSimulated } from '../controller/test/simulation.fixture.ts';
import { createMetrics } from '../platform/process/metrics.ts';

const coalmine = async (...args: string[]): Promise<{ code: number | null; out: string; err: string }> => {
  const child = spawn(process.execPath, ['cli/coalmine.ts', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, out, err };
};

it(
  'coalmine explain tells why a rollout ended: metric, arms with n, evidence against 1/α, limits, slice, windows, steps',
  { timeout: 40_000 },
  async () => {
    const simulation = createSimulation(3);
    const controller = await startSimulated(simulation.bus, simulation.store, simulation.clock);
    const api = await serveApi({ controller, metrics: createMetrics('controller'), host: '127.0.0.1', port: 0 });
    const url = `http://127.0.0.1:${api.port}`;
    await controller.apply(`${AGENT_YAML}---${rolloutYaml()}`, 'ann', AbortSignal.timeout(5_000));
    const world = { stable: GOOD, candidate: { ...GOOD, error: 0.3 }, requestsPerWindow: 80, windowMs: 1_000 };
    await simulation.run([controller], world, 1);
    const { out: live } = await coalmine('explain', 'support-v2', '--url', url);
    expect(live).toMatch(/^support-v2#2: canary of v2 against v1, canary in stage 0/);
    expect(live).toMatch(/^cost {8}answers \d+\.\d\d USD, judging them 0\.00 USD$/m);
    expect(live).toMatch(/evidence {4}E = [\d.]+ against 1\/α = 20/);

    await simulation.run([controller], world, 120);
    const { code, out } = await coalmine('explain', 'support-v2', '--url', url);
    expect(code).toBe(0);
    expect(out).toMatch(
      /why {9}error_rate: candidate 0\.\d+ \(n=\d+\) against stable 0\.\d+ \(n=\d+\), difference 0\.\d+ \[/,
    );
    expect(out).toMatch(/decided by {2}error_rate/);
    expect(out).toMatch(/E = [\d.e^]+ against 1\/α = 20/);
    expect(out).toMatch(/error_rate +0\.\d+ \(\d+\) +0\.\d+ \(\d+\) +0\.\d+ \[-?[\d.]+, [\d.]+\]/);
    expect(out).toMatch(/error_rate +category=\w+ +0\.\d+ \(\d+\)/);
    expect(out).toMatch(/windows +support\|support-v2#2\|2\|v\d\|\w+\|live\|error_rate\|/);
    expect(out).toMatch(/rollback → rolled_back by controller: error_rate/);

    const { rollout, decisions } = JSON.parse((await coalmine('explain', 'support-v2', '--url', url, '--json')).out);
    expect(rollout.state).toBe('rolled_back');
    expect(decisions[0]).toMatchObject({ type: 'rollback', metric: 'error_rate' });
    const unknown = await coalmine('explain', 'nobody', '--url', url);
    expect(unknown).toMatchObject({ code: 1, out: '', err: 'coalmine: there is no rollout nobody\n' });
    await api.stop();
    await controller.stop();
  },
);

it('without a controller it says what to do', async () => {
  const { code, err } = await coalmine('explain', 'x', '--url', 'http://127.0.0.1:9');
  expect(code).toBe(1);
  expect(err).toBe(
    'coalmine: no controller answers at http://127.0.0.1:9; start one, or name it with --url or CONTROLLER_URL\n',
  );
});
