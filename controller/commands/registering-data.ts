import type { Clock } from '../../platform/process/clock.ts';
import type { RequestAt, ResponseOf } from '../../schemas/controller-api.ts';
import { type Registry, registryEntry } from '../follow-registry.ts';
import type { Ledger } from '../ledger.ts';
import { baselineSummary, planBaseline } from '../registry/plan-baseline.ts';
import { datasetSummary, planDataset } from '../registry/plan-dataset.ts';
import { agentsOf, planImport, readExport } from '../registry/registry-export.ts';
import { whyNotRegister } from './may-register.ts';
import type { Person } from './person.ts';
import { type Answer, conflict, invalid, noAgent, type Refusal, unavailable } from './refusal.ts';
import { STARTING } from './registering-versions.ts';

type Does<K extends 'createDataset' | 'recordBaseline'> = (
  asked: RequestAt<K>,
  person: Person,
  signal: AbortSignal,
) => Promise<Answer<ResponseOf<K>>>;

/** What else people may register: the data of gates, and all of another registry. */
export type RegisteringData = {
  createDataset: Does<'createDataset'>;
  recordBaseline: Does<'recordBaseline'>;
  importRegistry(text: string, person: Person, signal: AbortSignal): Promise<Answer<ResponseOf<'importRegistry'>>>;
};

/** Others may take a label at the same time. */
const MAX_RACES = 20;
const OUTRUN = unavailable('others registered datasets of that name at the same time; try again');

const takenText = (taken: readonly string[]): string =>
  `${taken.slice(0, 20).join(', ')} ${taken.length === 1 ? 'stands' : 'stand'} for another content here`;

export const createRegisteringData = ({
  ledger,
  registry,
  clock,
}: {
  ledger: Pick<Ledger, 'agents' | 'isRead'>;
  registry: Registry;
  clock: Clock;
}): RegisteringData => {
  const { content } = registry;
  const whyNot = (agent: string, person: Person): Refusal | null =>
    ledger.isRead() && registry.isRead() ? whyNotRegister(agent, person, ledger.agents) : STARTING;

  return {
    createDataset: async ({ params: { agent }, body }, person, signal) => {
      const refusal = whyNot(agent, person);
      if (refusal !== null) return { refusal };
      const { by } = person;
      for (let race = 1, result: 'created' | 'unchanged' = 'unchanged'; race <= MAX_RACES; race += 1) {
        const planned = planDataset(agent, body, { by, timeMs: clock.nowMs(), registry: content });
        if (planned.kind === 'refused') return { refusal: invalid(planned.issues) };
        const dataset = datasetSummary(planned.dataset);
        if (planned.kind === 'unchanged') return { ok: { dataset, result } };
        await registry.write([registryEntry('Dataset', planned.dataset, by, clock.nowMs())], signal);
        result = 'created';
      }
      return { refusal: OUTRUN };
    },

    recordBaseline: async ({ params: { agent }, body }, person, signal) => {
      const refusal = whyNot(agent, person);
      if (refusal !== null) return { refusal };
      const sources = { agent, state: ledger.agents.get(agent) ?? null, registry: content };
      const planned = planBaseline(body, sources, { by: person.by, timeMs: clock.nowMs() });
      if ('issues' in planned) return { refusal: invalid(planned.issues) };
      await registry.write([registryEntry('Baseline', planned.baseline, person.by, clock.nowMs())], signal);
      return { ok: baselineSummary(planned.baseline) };
    },

    importRegistry: async (text, person, signal) => {
      const read = readExport(text);
      if ('issues' in read) return { refusal: invalid(read.issues) };
      if (!registry.isRead()) return { refusal: STARTING };
      const unseen = agentsOf(read.file).find((agent) => !person.sees(agent));
      if (unseen !== undefined) return { refusal: noAgent(unseen) };
      const { added, unchanged, taken } = planImport(read.file, content);
      if (taken.length > 0) return { refusal: conflict(`nothing was written: ${takenText(taken)}`) };
      const timeMs = clock.nowMs();
      await registry.write(
        added.map(({ kind, value }) => registryEntry(kind, value as never, person.by, timeMs)),
        signal,
      );
      const lost = planImport(read.file, content).taken;
      return lost.length > 0
        ? { refusal: conflict(`somebody else was first: ${takenText(lost)}`) }
        : { ok: { written: added.length, unchanged } };
    },
  };
};
