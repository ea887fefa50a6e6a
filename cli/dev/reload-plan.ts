/** What a change of a file means for what runs: by which beginning of its path it is known, and what then begins anew. */
export type Reloaded = { beginsWith: string; names: readonly string[] };

/** Files that no running process reads. */
const IDLE = /(\.(test|fixture|harness|contract)\.ts|\.md|~|\.sw[px])$/;
const CODE = /\.(ts|mjs|json|yaml)$/;

/** The processes that begin anew when a file has changed, by its path from the root of the tree. */
export const toReload = (file: string, plan: readonly Reloaded[]): string[] => {
  if (IDLE.test(file) || !CODE.test(file)) return [];
  return [...new Set(plan.filter(({ beginsWith }) => file.startsWith(beginsWith)).flatMap(({ names }) => names))];
};
