/** How far a stream was told of each agent. One that is not in it was told nothing. */
export type Position = ReadonlyMap<string, number>;

/** An id has to fit a header: of more agents the ones that changed last, so that of the others some is told twice, and nothing is lost. */
const MAX_AGENTS = 120;

export const readPosition = (text: string): Map<string, number> =>
  new Map(
    text
      .split(',')
      .filter((part) => part !== '')
      .map((part) => part.split('#') as [string, string])
      .map(([agent, sequence]) => [agent, Number(sequence)]),
  );

/** Agents stand in the order in which they changed. */
export const writePosition = (position: Position): string =>
  [...position]
    .slice(-MAX_AGENTS)
    .map(([agent, sequence]) => `${agent}#${sequence}`)
    .join(',');

export const moved = (position: Position, agent: string, sequence: number): Map<string, number> => {
  const next = new Map(position);
  next.delete(agent);
  return next.set(agent, sequence);
};
