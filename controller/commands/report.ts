import type { Decision } from '../../schemas/decision.ts';
import { type CalibrationDocument, whyNotCalibrated } from '../../schemas/calibration.ts';
import type { Issue } from '../../schemas/problem.ts';
import { type GateDocument, gateWord } from '../../schemas/gate-document.ts';
import type { AgentState } from '../rollout/agent-log.ts';
import { commandGrounds, decisionBeside } from '../rollout/build-decision.ts';
import type { RegistryContent } from '../registry/registry-fold.ts';
import { foundVersions } from '../registry/version-view.ts';
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
  context: { by: string; timeMs: number; registry: RegistryContent },
): Filing => {
  const { agent } = document.spec;
  const before = state?.routing;
  if (state === null || before == null)
    return refused('spec.agent', `agent ${agent} is not registered; apply its Agent document first`);
  const issue = document.kind === 'Gate' ? gateIssue(document, state, context.registry) : null;
  if (issue !== null) return { kind: 'refused', refusal: invalid([issue]) };
  const decision = decisionBeside(state, commandGrounds(context.by, context.timeMs), (step) => ({
    type: 'report',
    reason: reasonOf(document),
    routing: sameView(before, step),
    document: JSON.stringify(document),
  }));
  return { kind: 'decide', decision };
};

/** A gate is of a version that is in service or registered, and of that content. */
const gateIssue = ({ spec }: GateDocument, state: AgentState, registry: RegistryContent): Issue | null => {
  const { agent, version, versionId } = spec;
  const versions = foundVersions({ agent, state, registry });
  const found = versions.find(({ label }) => label === version);
  if (found === undefined)
    return {
      path: 'spec.version',
      reason: `agent ${agent} has no version ${version} (it has ${versions.map(({ label }) => label).join(', ')})`,
    };
  if (versionId === undefined || versionId === found.id) return null;
  return { path: 'spec.versionId', reason: `${version} has another content (${found.id.slice(0, 12)}…)` };
};

const refused = (path: string, reason: string): Filing => ({ kind: 'refused', refusal: invalid([{ path, reason }]) });

const reasonOf = (document: ReportDocument): string =>
  document.kind === 'Gate' ? gateText(document) : calibrationText(document);

const calibrationText = ({ spec }: CalibrationDocument): string => {
  const why = whyNotCalibrated(spec);
  const who = `${spec.scorer}@${spec.scorerVersion}`;
  return `${who} on ${spec.metric} ${why === null ? `is calibrated by ${spec.labels} labels` : `is NOT calibrated: ${why}`}`;
};

const GATE_WORDS = { pass: 'passed', fail: 'FAILED', inconclusive: 'could not tell' } as const;

const gateText = ({ spec }: GateDocument): string => {
  const { version, cases, summary } = spec;
  const told = summary === '' ? '' : `: ${summary}`;
  return `the eval gate of ${version} ${GATE_WORDS[gateWord(spec)]} over ${cases} cases${told}`;
};
