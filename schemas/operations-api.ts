import { z } from 'zod';
import { AuditEntry, AuditType } from './audit.ts';
import { type Endpoint, PathName } from './endpoint.ts';
import { EpochMs, Int } from './envelope.ts';
import { GateDocument, GateWord } from './gate-document.ts';
import { pageAsked, pageTold } from './page.ts';

const { cases, summary, dataset, metrics, worst } = GateDocument.shape.spec.shape;

const GateReportSummary = z
  .object({
    agent: z.string(),
    version: z.string(),
    name: z.string(),
    verdict: GateWord,
    cases,
    summary,
    dataset: dataset.unwrap().nullable(),
    /** By whose key, and as which step of the agent, it was filed. */
    by: z.string(),
    atMs: EpochMs,
    sequence: Int,
  })
  .meta({ id: 'GateReportSummary' });
export type GateReportSummary = z.infer<typeof GateReportSummary>;

const agentAsked = z.string().min(1).optional();

/** The part of the controller's HTTP API that looks back: what gates found, and who did what. */
export const OPERATIONS_API = {
  listGates: {
    role: 'view',
    method: 'GET',
    path: '/v1/gates',
    does: 'what eval gates found, as it was filed, newest first; of one agent or of all, the latest 200 of each',
    query: z.strictObject({ ...pageAsked, agent: agentAsked }),
    response: z.object({ gates: z.array(GateReportSummary), ...pageTold }),
  },
  getGate: {
    role: 'view',
    method: 'GET',
    path: '/v1/gates/:name',
    does: 'the latest of that name, of one agent and version where they are given, with each criterion by metric and slice, the worst first, and the questions that speak most against the version, as they were filed: ten at most, cut and without personal data',
    params: z.object({ name: PathName }),
    query: z.strictObject({ agent: agentAsked, version: z.string().min(1).optional() }),
    response: GateReportSummary.extend({ metrics, worst }),
  },
  listAudit: {
    role: 'view',
    method: 'GET',
    path: '/v1/audit',
    does: 'who did what and what it changed, newest first: decisions (the latest 2,000 an agent; all are in the topic) and what was registered. `by` is a name or a name with its key’s id; `since` and `until` are epoch milliseconds, the first counts and the last does not',
    query: z.strictObject({
      ...pageAsked,
      agent: agentAsked,
      by: z.string().min(1).optional(),
      type: AuditType.optional(),
      since: z.coerce.number().int().min(0).optional(),
      until: z.coerce.number().int().min(0).optional(),
    }),
    response: z.object({ audit: z.array(AuditEntry), ...pageTold }),
  },
} as const satisfies Record<string, Endpoint>;
