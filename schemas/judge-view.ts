import { z } from 'zod';

/** A judge model that gave scores of a metric in a rollout. What rules scored is not named. */
export const JudgeView = z.object({
  metric: z.string(),
  /** `scorer@version`, as scores name it. */
  judge: z.string(),
  /** By the model's name (`gpt`, `claude`, …); '' where that tells none. */
  modelFamily: z.string(),
  /** The compared versions whose model is of that family: a judge may favour its own kind. */
  akinTo: z.array(z.string()),
});
export type JudgeView = z.infer<typeof JudgeView>;
