/** What clients were told, and what the topics must therefore hold. */
export type Seen = {
  /** Ids of exchanges that an honest client had whole, by agent; of a WebSocket's turns only how many there were is known. */
  exchanges: readonly string[];
  turns: number;
  /** Ids of feedback that was accepted. */
  feedback: readonly string[];
  /** Sequences of decisions that the controller answered with. */
  decisions: readonly number[];
};

/** What the topics hold, repeats left out. */
export type Found = {
  /** Of the agents that only honest clients call. */
  exchanges: readonly string[];
  turns: number;
  feedback: readonly string[];
  /** Of one agent, in order, as they stand in the log. */
  decisions: readonly number[];
  /** Exchanges with a sheet of scores, be it an empty one. */
  judged: ReadonlySet<string>;
  /** Of the agent that is called: exchanges that are in no window yet are not among them, and one that was counted twice is twice. */
  counted: number;
  /** Of everybody's exchanges, shadows and feedback: events that stand there again under a stamp of their own, which no reader would know for repeats. */
  twice: Readonly<Record<string, number>>;
};

const compared = (what: string, seen: readonly string[], found: readonly string[]): string[] => {
  const [told, there] = [new Set(seen), new Set(found)];
  const lost = [...told].filter((id) => !there.has(id)).length;
  const invented = [...there].filter((id) => !told.has(id)).length;
  return [
    ...(lost > 0 ? [`${lost} of ${told.size} ${what} are not in the topic`] : []),
    ...(invented > 0 ? [`${invented} ${what} are in the topic that no client had`] : []),
  ];
};

const ofDecisions = (seen: readonly number[], found: readonly number[]): string[] => {
  const there = new Set(found);
  const missing = seen.filter((sequence) => !there.has(sequence)).length;
  const isWhole = found.every((sequence, i) => sequence === i + 1);
  return [
    ...(missing > 0 ? [`${missing} decisions that the controller told are not in the log`] : []),
    ...(isWhole ? [] : ['the log of decisions has a gap or a repeat']),
  ];
};

const ofScoresAndWindows = ({ exchanges, judged, counted }: Found): string[] => {
  const without = exchanges.filter((id) => !judged.has(id)).length;
  return [
    ...(without > 0 ? [`${without} of ${exchanges.length} exchanges have no sheet of scores`] : []),
    ...(counted === exchanges.length
      ? []
      : [`the windows count ${counted} exchanges, the topic has ${exchanges.length}`]),
  ];
};

/** What differs between what clients were told and what the topics hold; [] if nothing does. */
export const differences = (seen: Seen, found: Found): string[] => [
  ...compared('exchanges', seen.exchanges, found.exchanges),
  ...compared('pieces of feedback', seen.feedback, found.feedback),
  ...(found.turns === seen.turns ? [] : [`${seen.turns} turns were answered, ${found.turns} are in the topic`]),
  ...ofDecisions(seen.decisions, found.decisions),
  ...ofScoresAndWindows(found),
  ...Object.entries(found.twice).flatMap(([what, count]) =>
    count > 0 ? [`${count} ${what} are in the topic twice`] : [],
  ),
];
