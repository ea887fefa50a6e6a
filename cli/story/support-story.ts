import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { customerRequest } from '../../examples/support/customers.ts';
import type { RolloutInput, RolloutPlan, Story } from './story.ts';

const root = path.resolve(import.meta.dirname, '../..');
const example = (file: string): string => path.join(root, 'examples', file);

type Behaviour = 'polite' | 'rude' | 'kind';

const rolloutFrom = (file: string, behaviours: Record<string, Behaviour>): RolloutPlan => {
  const document = parse(readFileSync(example(`support/${file}`), 'utf8')) as RolloutInput & {
    spec: { candidate: string };
  };
  const { candidate } = document.spec;
  return { document, candidate, mustEnd: behaviours[candidate] === 'rude' ? 'rolled_back' : 'promoted' };
};

/** What scores answers by a model: it plays its part in every story, and is there without one. */
export const LOCAL_JUDGE: Pick<Story, 'upstreams' | 'judgeEnv'> = {
  upstreams: [{ name: 'local-judge', script: 'examples/judge/main.ts', args: [], healthPath: '/livez' }],
  judgeEnv: (urls) => ({
    JUDGE_RUBRICS: example('judge/tone.yaml'),
    JUDGE_MODEL_URL: urls.get('local-judge') ?? '',
    JUDGE_MODEL: 'local-judge',
  }),
};

/**
 * A support agent: v1 polite, v2 "concise" and rude, v3 concise and kind. v2 goes through the shadow first, then straight
 * into the canary; v3 all the way. `swap` exchanges what v2 and v3 do behind their labels; the verdicts must follow.
 */
export const supportStory = (options: { seed: number; swap: boolean; latencyScale?: number }): Story => {
  const behaviours: Record<string, Behaviour> = options.swap
    ? { v1: 'polite', v2: 'kind', v3: 'rude' }
    : { v1: 'polite', v2: 'rude', v3: 'kind' };
  const agentFile = parse(readFileSync(example('support/agent.yaml'), 'utf8')) as {
    spec: { versions: { label: string; upstream: string }[] };
  };
  return {
    agent: 'support',
    upstreams: [
      ...Object.entries(behaviours).map(([label, behaviour]) => ({
        name: label,
        script: 'examples/support/main.ts',
        args: ['--version', label, '--behaviour', behaviour, '--latency-scale', String(options.latencyScale ?? 1)],
        healthPath: '/livez',
      })),
      ...LOCAL_JUDGE.upstreams,
    ],
    agentDocument: (urls) => ({
      ...agentFile,
      spec: {
        ...agentFile.spec,
        versions: agentFile.spec.versions.map((version) => ({
          ...version,
          upstream: urls.get(version.label) ?? version.upstream,
        })),
      },
    }),
    rollouts: ['rollout-v2.yaml', 'rollout-v2-canary.yaml', 'rollout-v3.yaml'].map((file) =>
      rolloutFrom(file, behaviours),
    ),
    judgeEnv: LOCAL_JUDGE.judgeEnv,
    request: (i) => customerRequest(options.seed, i).body,
    notes: [
      `seed ${options.seed}; ${Object.entries(behaviours)
        .map(([v, b]) => `${v} is ${b}`)
        .join(', ')}`,
    ],
  };
};
