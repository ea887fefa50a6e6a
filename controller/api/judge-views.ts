import { familyOfModel } from '../../openai/model-family.ts';
import type { JudgeView } from '../../schemas/judge-view.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { MODEL_SCORER } from '../../schemas/score.ts';

/** `llm:gpt-4o@1f2e` is the model gpt-4o in the wording 1f2e. */
const modelOf = (judge: string): string => judge.slice(MODEL_SCORER.length, judge.lastIndexOf('@'));

/** The judge models of each metric, with those of the compared versions that are of their family. */
export const judgeViews = (
  judges: ReadonlyMap<string, readonly string[]>,
  compared: readonly string[],
  versions: RoutingView['versions'],
): JudgeView[] => {
  const families = new Map(versions.map(({ label, upstreamModel }) => [label, familyOfModel(upstreamModel)]));
  return [...judges].flatMap(([metric, names]) =>
    names.map((judge) => {
      const modelFamily = familyOfModel(modelOf(judge));
      const akinTo = modelFamily === '' ? [] : compared.filter((label) => families.get(label) === modelFamily);
      return { metric, judge, modelFamily, akinTo };
    }),
  );
};
