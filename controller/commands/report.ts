import type { Decision } from '../../schemas/decision.ts';
import { type CalibrationDocument, whyNotCalibrated } from '../../schemas/calibration.ts';
import type { GateDocument } from '../../schemas/documents.ts';
import type { AgentState } from '../rollout/agent-log.ts';
import { commandGrounds, decisionBeside } from '../rollout/build-decision.ts';
import { invalid, type Refusal } from './refusal.ts';
import { sameView } from '../rollout/routing.ts';

export type ReportDocument = GateDocument | CalibrationDocument;

export type Filing = { kind: 'refused'; refusal: Refusal } | { kind: 'decide'; decision: Decision };

/**
 * What filing a report leads to: a decision that moves no traffic and leaves the rollout under way as it is, so that the log
 * holds what later decisions rest on. `state` is null for an agent nobody registered.
 */
export const file = (
  state: AgentState | null,
  document: ReportDocument,
  context: { by: string; timeMs: number },
): Filing => {
  const { agent } = document.spec;
  const before = state?.routing;
  if (state === null || before == null)
    return refused('spec.agent', `agent ${agent} is not registered; apply its Agent document first`);
  const labels = before.versions.map(({ label }) => label);
  if (document.kind === 'Gate' && !labels.includes(document.spec.version))
    return refused(
      'spec.version',
      `agent ${agent} has no version ${document.spec.version} (it has ${labels.join(', ')})`,
    );
  const decision = decisionBeside(state, commandGrounds(context.by, context.timeMs), (step) => ({
    type: 'report',
    reason: reasonOf(document),
    routing: sameView(before, step),
    document: JSON.stringify(document),
  }));
  return { kind: 'decide', decision };
};

const refused = (path: string, reason: string): Filing => ({ kind: 'refused', refusal: invalid([{ path, reason }]) });

const reasonOf = (document: ReportDocument): string =>
  document.kind === 'Gate' ? gateText(document) : calibrationText(document);

const calibrationText = ({ spec }: CalibrationDocument): string => {
  const why = whyNotCalibrated(spec);
  const who = `${spec.scorer}@${spec.scorerVersion}`;
  return `${who} on ${spec.metric} ${why === null ? `is calibrated by ${spec.labels} labels` : `is NOT calibrated: ${why}`}`;
};

const gateText = ({ spec }: GateDocument): string => {
  const { version, passed, cases, summary } = spec;
  const told = summary === '' ? '' : `: ${summary}`;
  return `the eval gate of ${version} ${passed ? 'passed' : 'FAILED'} over ${cases} cases${told}`;
};
