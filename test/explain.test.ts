import { expect, it } from 'vitest';
import { explain } from '../cli/verbs/explain.ts';
import { runVerb } from '../cli/verbs/run-verb.fixture.ts';
import { serveApi } from '../controller/api/http-api.io.ts';
import { GOOD } from '../controller/test/play.fixture.ts';
import { AGENT_YAML, createSimulation, rolloutYaml, startSimulated } from '../controller/test/simulation.fixture.ts';
import { accessWith } from '../controller/test/api-access.fixture.ts';
import { person } from '../controller/test/person.fixture.ts';

it(
  'coalmine explain tells in a sentence why a rollout ended, then its evidence, its steps, and the details on request',
  { timeout: 40_000 },
  async () => {
    const simulation = createSimulation(3);
    const controller = await startSimulated(simulation.bus, simulation.store, simulation.clock);
    const api = await serveApi({ controller, ...accessWith(), anonymousRole: 'view' });
    const url = `http://127.0.0.1:${api.port}`;
    await controller.apply(`${AGENT_YAML}---${rolloutYaml()}`, person('ann'), AbortSignal.timeout(5_000));
    const world = { stable: GOOD, candidate: { ...GOOD, error: 0.3 }, requestsPerWindow: 80, windowMs: 1_000 };
    await simulation.run([controller], world, 1);
    const { stdout: live } = await runVerb(explain, ['support-v2', '--url', url]);
    expect(live).toMatch(/^v2 gets 10 % of the traffic in stage 1 of 3, for \d+ seconds more\./);
    expect(live).toMatch(/^support-v2#2: canary of v2 against v1, canary \(stable v1 90 %, candidate v2 10 %\)$/m);
    expect(live).toMatch(/^cost: answers \d+\.\d\d USD, judging them 0\.00 USD$/m);

    await simulation.run([controller], world, 120);
    const short = await runVerb(explain, ['support-v2', '--url', url]);
    expect(short.code).toBe(0);
    const sentence =
      /v2 fails more often: \d+ of its \d+ requests failed \(\d+ %\), and \d+ of v1's \d+ \(.* %\)\. For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts\./;
    expect(short.stdout.split('\n')[0]).toMatch(sentence);
    expect(short.stdout).toMatch(/^metric +in +v2 \(n\) +v1 \(n\) +against +for$/m);
    expect(short.stdout).toMatch(/^error_rate +canary +\d+ % \(\d+\) +[\d.]+ % \(\d+\) +(over 10,000|[\d,.]+)/m);
    expect(short.stdout).not.toMatch(/none \(0\)|stage -1|support\|support-v2#2\|/);
    expect(short.stdout).toMatch(/^ {2}\S+Z {2}rollback {2}v2 fails more often: /m);
    const { stdout: out } = await runVerb(explain, ['support-v2', '--url', url, '--details']);
    expect(out).toMatch(/E = [\d.e^]+ against 1\/α = 20/);
    expect(out).toMatch(
      /error_rate in canary, rate ratio, weight [\d.]+; difference [\d.]+ \[-?[\d.]+, [\d.]+\] points; /,
    );
    expect(out).toMatch(/error_rate +canary +category=\w+ +[\d.]+ % \(\d+\)/);
    expect(out).toMatch(/^windows\n {2}support\|support-v2#2\|2\|v\d\|\w+\|live\|error_rate\|/m);

    const { rollout, decisions } = JSON.parse((await runVerb(explain, ['support-v2', '--url', url, '--json'])).stdout);
    expect(rollout).toMatchObject({ state: 'rolled_back', sentence: expect.stringMatching(sentence) });
    expect(decisions[0]).toMatchObject({ type: 'rollback', metric: 'error_rate', sentence: rollout.sentence });
    const unknown = await runVerb(explain, ['nobody', '--url', url]);
    expect(unknown).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'coalmine: there is no rollout nobody; `coalmine list` shows what there is\n',
    });
    await api.stop();
    await controller.stop();
  },
);

it('without a controller it says what to do', async () => {
  const { code, stderr } = await runVerb(explain, ['x', '--url', 'http://127.0.0.1:9']);
  expect(code).toBe(1);
  expect(stderr).toBe(
    'coalmine: no controller answers at http://127.0.0.1:9; start one, or name it with --url or CONTROLLER_URL\n',
  );
});
