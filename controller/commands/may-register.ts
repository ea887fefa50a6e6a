import type { Person } from './person.ts';
import { forbidden, noAgent, type Refusal } from './refusal.ts';

/** Why somebody may register nothing of an agent; null if they may. An agent that nobody has applied yet is an admin's to begin. */
export const whyNotRegister = (
  agent: string,
  { sees, may }: Person,
  agents: Pick<ReadonlyMap<string, unknown>, 'has'>,
): Refusal | null => {
  if (!sees(agent)) return noAgent(agent);
  if (agents.has(agent) || may('admin')) return null;
  return forbidden(`nobody has applied agent ${agent} yet; to register anything of it a key needs the role admin`);
};
