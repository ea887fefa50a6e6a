import { InvalidArgumentError } from 'commander';
import { didYouMean } from '../../schemas/did-you-mean.ts';
import { type Group, GROUPS } from '../../schemas/topics.ts';

const PREFIX = /^coalmine-/;
const SHORT = Object.values(GROUPS).map((group) => group.replace(PREFIX, ''));

/** A consumer group of ours, with or without `coalmine-`. */
export const groupName = (text: string): Group => {
  const found = Object.values(GROUPS).find((group) => group === text || group === `coalmine-${text}`);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`there is no group ${text}${didYouMean(text, SHORT)} Groups: ${SHORT.join(', ')}`);
};
