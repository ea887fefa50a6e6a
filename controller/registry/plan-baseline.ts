import type { RequestAt } from '../../schemas/controller-api.ts';
import type { Issue } from '../../schemas/problem.ts';
import type { GateBaseline } from '../../schemas/gate-baseline.ts';
import { BaselineSummary } from '../../schemas/registry-views.ts';
import { whyTooLarge } from './entry-size.ts';
import { whyFull } from './plan-versions.ts';
import { findVersion, type VersionSources } from './version-view.ts';

const MAX_BASELINES = 100;

/** What recording a baseline leads to. */
export const planBaseline = (
  given: RequestAt<'recordBaseline'>['body'],
  sources: Omit<VersionSources, 'lineage'>,
  { by, timeMs }: { by: string; timeMs: number },
): { issues: Issue[] } | { baseline: GateBaseline } => {
  const { agent, registry } = sources;
  const { name, version = null, dataset = null, measured, answers } = given;
  const found = version === null ? undefined : findVersion(sources, version);
  const refused = (path: string, reason: string): { issues: Issue[] } => ({ issues: [{ path, reason }] });
  if (version !== null && found === undefined)
    return refused('version', `agent ${agent} has no version ${version}; \`coalmine version create\` registers one`);
  const whose = { version: found?.label ?? null, versionId: found?.id ?? null };
  const baseline = { agent, name, ...whose, dataset, measured, answers, recordedBy: by, recordedAtMs: timeMs };
  const others = registry.all('Baseline', agent).filter((one) => one.name !== name);
  const why =
    whyTooLarge(baseline) ??
    (others.length < MAX_BASELINES ? whyFull(registry, agent) : `agent ${agent} has ${MAX_BASELINES} baselines`);
  return why === null ? { baseline } : refused('measured', why);
};

/** Without what was measured. */
export const baselineSummary = (baseline: GateBaseline): BaselineSummary =>
  BaselineSummary.parse({ ...baseline, answers: Object.keys(baseline.answers).length });
