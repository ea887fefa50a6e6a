import { type Standing, standingSentences } from './standing.ts';
import { stepSentences } from './step.ts';
import type { Step } from './verdict.ts';

/**
 * The sentence of a step (a verdict, a hold, a promotion, what a person did) or of where a rollout under way stands: plain words
 * with the numbers a person needs. Pure; CLI, API, webhook and live view all say what this says. Of e-values it calls "evidence" what a
 * bet on the claim has made of 1, and it shows no limits of a difference: those are of another question than the verdict.
 */
export const sentenceOf = (told: Step | Standing): string => {
  const sentences = 'type' in told ? stepSentences(told) : standingSentences(told);
  return sentences.filter((sentence) => sentence !== '').join(' ');
};
