import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { completion } from '../../examples/replay/completion.ts';
import { bfclDirOf, commonPrompts, type Dataset, loadDataset } from '../../examples/replay/dataset.ts';
import { replayRequest } from '../../examples/replay/requests.ts';
import { MAX_SLICE_VALUES } from '../../schemas/routing-view.ts';
import type { Answered, ArmName, Calls } from './calls.ts';

/** Two models of the function-calling leaderboard, as recorded: the first folder is stable, the second the candidate. */

const RECORDED_DIR = '../shared/data/bfcl-result';
/** Recorded times are divided by it. */
const AT_ONCE = '1e9';
const CREATED_S = 1_700_000_000;

const answered = (dataset: Dataset, referenceId: string, i: number): Answered => {
  const answer = dataset.answers.get(referenceId)!;
  const { error, latencyMs, inputTokens, outputTokens } = answer;
  const isError = error !== null;
  const body = isError
    ? { error: { message: error, type: 'server_error', param: null, code: null } }
    : completion(answer, { id: `chatcmpl-replay-${i}`, model: dataset.model, createdS: CREATED_S });
  return {
    status: isError ? 500 : 200,
    contentType: 'application/json',
    text: JSON.stringify(body),
    latencyMs,
    promptTokens: isError ? null : inputTokens,
    completionTokens: isError ? null : outputTokens,
  };
};

const replayOf = ({ model }: Dataset) => ({
  script: 'examples/replay/main.ts',
  args: ['--replay', path.resolve(RECORDED_DIR), '--model', model, '--speed', AT_ONCE],
});

/** Throws, saying what is missing, when the recorded answers are not there. */
export const recordedCalls = (seed: number): Calls => {
  if (!existsSync(RECORDED_DIR)) throw new Error(`--recorded needs ${RECORDED_DIR}, and there is none`);
  const models = readdirSync(RECORDED_DIR, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const [stable, candidate] = models.map(({ name }) => loadDataset(RECORDED_DIR, name)).slice(0, 2);
  if (!stable || !candidate) throw new Error(`--recorded needs the folders of two models in ${RECORDED_DIR}`);
  const prompts = commonPrompts(stable, candidate);
  const byArm: Record<ArmName, Dataset> = { stable, candidate };
  const categories = [...new Set(prompts.map(({ category }) => category))];
  return {
    what: `recorded answers, ${stable.model} against ${candidate.model}`,
    slice: { label: 'category', values: categories.slice(0, MAX_SLICE_VALUES) },
    upstreams: { v1: replayOf(stable), v2: replayOf(candidate) },
    judgeEnv: { JUDGE_REFERENCES_BFCL: bfclDirOf(RECORDED_DIR) },
    callAt: (i) => {
      const { subject, body } = replayRequest(prompts, seed, i);
      const referenceId = body.metadata.reference_id;
      return {
        subject,
        body: { ...body },
        metadata: body.metadata,
        isStreamed: false,
        answerOf: (arm) => answered(byArm[arm], referenceId, i),
      };
    },
  };
};
