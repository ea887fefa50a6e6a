import type { RolloutDocument } from '../../schemas/documents.ts';
import { type AgentState, underWay } from '../rollout/agent-log.ts';
import { contentOf } from '../rollout/document-content.ts';

/** Nothing was done; `note` says why, and what to do if that was not what was meant. */
export type Unchanged = { kind: 'unchanged'; rollout: string | null; note: string };

/** Whether a rollout by its name, or from this very content, has begun before: else there is none to restart. */
export const hasBegun = (state: AgentState | null, document: RolloutDocument): boolean =>
  state !== null &&
  (state.begun.has(contentOf(document)) ||
    [...state.pastRuns, state.run].some((one) => one?.name === document.metadata.name));

/**
 * Whether this very document has begun a rollout before: then applying it begins none, however that one went, so that
 * whoever applies the same files again and again brings back no version that was rolled back. Null if it has not, or if
 * another content is under way by that name, to which this one would be a change.
 */
export const reapplied = (state: AgentState | null, document: RolloutDocument): Unchanged | null => {
  const id = state?.begun.get(contentOf(document));
  if (state === null || id === undefined) return null;
  const { name } = document.metadata;
  const busy = underWay(state);
  if (busy !== null && busy.name === name && busy.id !== id) return null;
  const run = [...state.pastRuns, state.run].find((one) => one?.id === id);
  const stands = busy?.id === id ? 'is under way' : 'is over';
  const how = run ? ` (${run.state})` : '';
  const note = `this document began rollout ${id}, which ${stands}${how}; nothing was done. To begin it anew: coalmine retry ${name}, or apply it with --restart (?restart=true)`;
  return { kind: 'unchanged', rollout: id, note };
};
