import { bfclDirOf, commonPrompts, loadDataset } from '../../examples/replay/dataset.ts';
import { replayRequest } from '../../examples/replay/requests.ts';
import type { Story } from './story.ts';

/** Half of the weight is on what the agent is for. */
const METRICS = [
  { name: 'task_success', weight: 3 },
  { name: 'error_rate' },
  { name: 'tool_validity' },
  { name: 'latency' },
];

/** Most of the time is spent at 50 %, where a request tells most: a minute there finds failures up by half. */
const STAGES = [
  { weightPct: 5, duration: '10s' },
  { weightPct: 25, duration: '15s' },
  { weightPct: 50, duration: '60s' },
  { weightPct: 100, duration: '10s' },
];

const labelOf = (model: string): string => model.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, 63);

/** Recorded answers of two models to real prompts: which is better is not known here. */
export const replayStory = (options: {
  dir: string;
  agent: string;
  stable: string;
  candidate: string;
  speed: number;
  seed: number;
}): Story => {
  const { dir, agent, speed, seed } = options;
  const models = [options.stable, options.candidate] as const;
  const datasets = models.map((model) => loadDataset(dir, model));
  const prompts = commonPrompts(datasets[0]!, ...datasets.slice(1));
  const categories = [...new Set(prompts.map((p) => p.category))].toSorted();
  const stable = labelOf(options.stable);
  const candidate = options.candidate === options.stable ? `${stable.slice(0, 57)}-again` : labelOf(options.candidate);
  const skipped = datasets.map((d, i) => `${models[i]}: ${JSON.stringify(d.skipped)}, ${d.badRows} unreadable rows`);
  return {
    agent,
    upstreams: [stable, candidate].map((name, i) => ({
      name,
      script: 'examples/replay/main.ts',
      args: ['--replay', dir, '--model', models[i]!, '--speed', String(speed)],
      healthPath: '/livez',
    })),
    agentDocument: (urls) => ({
      apiVersion: 'coalmine/v1',
      kind: 'Agent',
      metadata: { name: agent },
      spec: {
        stable,
        versions: [stable, candidate].map((label) => ({
          label,
          upstream: urls.get(label),
          code: 'examples/replay',
          model: { recorded: label },
        })),
        slices: [{ label: 'category', values: categories }],
      },
    }),
    rollouts: [
      {
        candidate,
        mustEnd: null,
        document: {
          apiVersion: 'coalmine/v1',
          kind: 'Rollout',
          metadata: { name: `${agent}-to-${candidate}`.slice(0, 63) },
          spec: {
            agent,
            candidate,
            skipShadow: true,
            stages: STAGES,
            metrics: METRICS,
          },
        },
      },
    ],
    judgeEnv: () => ({ JUDGE_REFERENCES_BFCL: bfclDirOf(dir) }),
    request: (i) => replayRequest(prompts, seed, i).body,
    notes: [
      `seed ${seed}, ${prompts.length} prompts in ${categories.join(', ')}; recorded latencies divided by ${speed}`,
      `skipped for want of a prompt file: ${skipped.join('; ')}`,
    ],
  };
};
