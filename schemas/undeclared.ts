import { didYouMean } from './did-you-mean.ts';

/** That an agent's document has no event or metric of that name, with the nearest and all that it has. Ends without a full stop. */
export const undeclared = (what: 'event' | 'metric', name: string, agent: string, names: readonly string[]): string => {
  const declared = names.length === 0 ? `declares no ${what}s` : `declares ${names.join(', ')}`;
  return `agent ${agent} has no ${what} ${name}${didYouMean(name, names)} Its document ${declared}`;
};
