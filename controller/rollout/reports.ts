import type { Decision } from '../../schemas/decision.ts';
import type { CalibrationSpec } from '../../schemas/calibration.ts';
import { Document } from '../../schemas/documents.ts';
import type { GateDocument } from '../../schemas/gate-document.ts';

/** A document filed by a `report` decision, and when. */
export type Filed<D> = { document: D; timeMs: number };

/** What was found of an agent elsewhere: of each version its latest eval gate, of each `scorer@version` its latest calibration by metric. */
export type Reports = {
  gates: ReadonlyMap<string, Filed<GateDocument>>;
  calibrations: ReadonlyMap<string, CalibrationSpec>;
};

export const calibrationKey = (metric: string, scorer: string): string => `${metric}|${scorer}`;

export const noReports = (): Reports => ({ gates: new Map(), calibrations: new Map() });

/** The reports after one more decision; those of other types, and a document that can't be read, change nothing. */
export const fileReport = (reports: Reports, { type, document, timeMs }: Decision): Reports => {
  if (type !== 'report') return reports;
  const found = readDocument(document);
  switch (found?.kind) {
    case 'Gate':
      return { ...reports, gates: new Map([...reports.gates, [found.spec.version, { document: found, timeMs }]]) };
    case 'Calibration': {
      const { metric, scorer, scorerVersion } = found.spec;
      const key = calibrationKey(metric, `${scorer}@${scorerVersion}`);
      return { ...reports, calibrations: new Map([...reports.calibrations, [key, found.spec]]) };
    }
    default:
      return reports;
  }
};

const readDocument = (text: string | null): Document | undefined => {
  try {
    return Document.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
};
