import type { Decision } from '../../schemas/decision.ts';
import { Document } from '../../schemas/documents.ts';

/** What was found of an agent elsewhere, as it was filed. */
export type FiledReport = {
  agent: string;
  sequence: number;
  by: string;
  timeMs: number;
  document: Extract<Document, { kind: 'Gate' | 'Calibration' }>;
};

/** Of each agent the latest. All of them are in the decision log. */
const MAX_FILED = 200;

const filedIn = ({ agent, sequence, by, timeMs, document: text }: Decision): FiledReport | null => {
  try {
    const document = Document.safeParse(JSON.parse(text ?? '')).data;
    const isReport = document?.kind === 'Gate' || document?.kind === 'Calibration';
    return isReport ? { agent, sequence, by, timeMs, document } : null;
  } catch {
    return null;
  }
};

/** Folds effective decisions, in the order of each agent's sequence. */
export const createFiledReports = () => {
  const kept = new Map<string, FiledReport[]>();
  return {
    take: (decision: Decision): void => {
      const filed = decision.type === 'report' ? filedIn(decision) : null;
      if (filed === null) return;
      const { agent } = filed;
      kept.set(agent, [...(kept.get(agent) ?? []), filed].slice(-MAX_FILED));
    },
    /** Of the agents that somebody sees. */
    of: (sees: (agent: string) => boolean): FiledReport[] =>
      [...kept].filter(([agent]) => sees(agent)).flatMap(([, filed]) => filed),
  };
};
