import type { GateBaseline } from '../../../schemas/gate-baseline.ts';
import type { ControllerClient } from '../../controller/client.ts';
import { everyPage } from '../../controller/every-page.ts';
import type { Measured } from '../measured.ts';
import { replyOfRecorded } from './recorded-reply.ts';
import { recorded, type Target, TargetError } from './target.ts';

/** Nobody has recorded one yet. */
export class NoBaselineError extends TargetError {}

const keyOf = (caseId: string, repeat: number): string => JSON.stringify([caseId, repeat]);
const UNTOLD = { calls: [], error: null, latencyMs: null, promptTokens: null, completionTokens: null };

const baselineOf = async (controller: ControllerClient, agent: string, name: string): Promise<GateBaseline> => {
  const baselines = await everyPage(
    (query) => controller.listBaselines({ params: { agent }, query }),
    (told) => told.baselines,
  );
  if (!baselines.some((one) => one.name === name))
    throw new NoBaselineError(`no baseline of ${name} is recorded for agent ${agent}: record one by --record`);
  return controller.getBaseline({ params: { agent, name } });
};

const nameOf = ({ name, version, recordedAtMs }: GateBaseline): string =>
  `registry: ${name}${version === null ? '' : ` of ${version}`}, ${new Date(recordedAtMs).toISOString().slice(0, 10)}`;

/**
 * What an earlier gate measured and recorded: its values as they were found then, and its answers as far as they are kept. Throws a
 * NoBaselineError where there is none.
 */
export const openRecordedBaseline = async (
  controller: ControllerClient,
  agent: string,
  plan: string,
): Promise<Target> => {
  const baseline = await baselineOf(controller, agent, plan);
  const { measured, answers } = baseline;
  const values = new Map<string, Measured['values']>(
    measured.map((one) => [keyOf(one.caseId, one.repeat), one.values]),
  );
  const name = nameOf(baseline);
  return {
    name,
    identity: name,
    isContent: true,
    isRecorded: true,
    maxRepeats: measured.reduce((most, { repeat }) => Math.max(most, repeat + 1), 1),
    prices: null,
    ask: async ({ id }, repeat) =>
      recorded(
        values.has(keyOf(id, repeat))
          ? replyOfRecorded({ ...UNTOLD, text: answers[id] ?? '(not kept)' })
          : { missing: `the baseline has no answer to ${id}` },
      ),
    measured: ({ id }, repeat) => values.get(keyOf(id, repeat)),
    datasetId: baseline.dataset?.id ?? null,
    close: async () => {},
  };
};
