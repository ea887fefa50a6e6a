import type { EndpointName } from '../../../schemas/controller-api.ts';
import { applyDocuments, planDocuments } from './apply-documents.ts';
import { abortRollout, pauseRollout, resumeRollout } from './command-rollout.ts';
import { createDataset, getBaseline, getDataset, listBaselines, listDatasets, recordBaseline } from './gate-data.ts';
import { getAgent } from './get-agent.ts';
import { getRollout } from './get-rollout.ts';
import type { Handler } from './handler.ts';
import { listAgents } from './list-agents.ts';
import { listDecisions } from './list-decisions.ts';
import { listRollouts } from './list-rollouts.ts';
import { promoteRollout } from './promote-rollout.ts';
import { exportRegistry, importRegistry } from './registry-export.ts';
import { restartRollout } from './restart-rollout.ts';
import { setStable } from './set-stable.ts';
import { getService, postMetrics } from './watching.ts';
import { createVersions, getVersion, labelVersion, listVersions } from './versions.ts';

/** Who answers which endpoint of the contract; one without a handler does not compile. */
export const HANDLERS: { [K in EndpointName]: Handler<K> } = {
  applyDocuments,
  planDocuments,
  listAgents,
  getAgent,
  setStable,
  listRollouts,
  getRollout,
  pauseRollout,
  resumeRollout,
  promoteRollout,
  abortRollout,
  restartRollout,
  listDecisions,
  createVersions,
  listVersions,
  getVersion,
  labelVersion,
  createDataset,
  listDatasets,
  getDataset,
  recordBaseline,
  listBaselines,
  getBaseline,
  exportRegistry,
  importRegistry,
  postMetrics,
  getService,
};
