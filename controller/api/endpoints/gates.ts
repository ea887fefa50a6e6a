import { gateWord } from '../../../schemas/gate-document.ts';
import type { GateReportSummary } from '../../../schemas/operations-api.ts';
import { noAgent, unknown } from '../../commands/refusal.ts';
import type { FiledReport } from '../../registry/filed-reports.ts';
import type { Controller } from '../../service.ts';
import { type Handler, inPage } from './handler.ts';

type FiledGate = FiledReport & { document: Extract<FiledReport['document'], { kind: 'Gate' }> };
const isGate = (filed: FiledReport): filed is FiledGate => filed.document.kind === 'Gate';

const gatesOf = (controller: Controller, sees: (agent: string) => boolean): FiledGate[] =>
  controller.filed(sees).filter(isGate);

const summaryOf = ({ agent, sequence, by, timeMs: atMs, document }: FiledGate): GateReportSummary => {
  const { version, cases, summary, dataset = null } = document.spec;
  const verdict = gateWord(document.spec);
  return { agent, version, name: document.metadata.name, verdict, cases, summary, dataset, by, atMs, sequence };
};

export const listGates: Handler<'listGates'> = async (controller, { query }, { person }) => {
  const { agent } = query;
  if (agent !== undefined && !controller.agents(person.sees).some((one) => one.agent === agent))
    return { refusal: noAgent(agent) };
  const entries = gatesOf(controller, (one) => person.sees(one) && (agent === undefined || one === agent));
  return inPage(
    {
      list: 'gates',
      entries,
      positionOf: ({ timeMs, agent, sequence }) => [timeMs, agent, sequence],
      isDescending: true,
    },
    query,
    (gates) => ({ gates: gates.map(summaryOf) }),
  );
};

const RANKS = { fail: 0, inconclusive: 1, pass: 2 } as const;

export const getGate: Handler<'getGate'> = async (controller, { params: { name }, query }, { person }) => {
  const { agent, version } = query;
  const found = gatesOf(controller, (one) => person.sees(one) && (agent === undefined || one === agent))
    .filter(({ document }) => document.metadata.name === name)
    .filter(({ document }) => version === undefined || document.spec.version === version)
    .toSorted((a, b) => a.timeMs - b.timeMs)
    .at(-1);
  if (found === undefined) return { refusal: unknown(`there is no gate ${name}`) };
  const metrics = found.document.spec.metrics.toSorted(
    (a, b) => RANKS[a.verdict] - RANKS[b.verdict] || (a.p ?? 1) - (b.p ?? 1),
  );
  return { ok: { ...summaryOf(found), metrics, worst: found.document.spec.worst } };
};
