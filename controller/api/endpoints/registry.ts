import type { EndpointName } from '../../../schemas/controller-api.ts';
import { acknowledgeAlert, listAlerts, testAlerting } from './alerts.ts';
import { applyDocuments, planDocuments } from './apply-documents.ts';
import { approvePromotion } from './approve-promotion.ts';
import { abortRollout, pauseRollout, resumeRollout, skipStage } from './command-rollout.ts';
import { createDataset, getBaseline, getDataset, listBaselines, listDatasets, recordBaseline } from './gate-data.ts';
import { getGate, listGates } from './gates.ts';
import { getEvidence } from './get-evidence.ts';
import { getAgent } from './get-agent.ts';
import { getDocument } from './get-document.ts';
import { getRollout } from './get-rollout.ts';
import type { Handler } from './handler.ts';
import { listAgents } from './list-agents.ts';
import { listAudit } from './list-audit.ts';
import { listDecisions } from './list-decisions.ts';
import { listRollouts } from './list-rollouts.ts';
import {
  countDeadLetters,
  getDeadLetter,
  getLag,
  getThroughput,
  listDeadLetters,
  replayDeadLetters,
  resetOffsets,
} from './pipeline.ts';
import { promoteRollout } from './promote-rollout.ts';
import { exportRegistry, importRegistry } from './registry-export.ts';
import { restartRollout } from './restart-rollout.ts';
import { rollBack } from './roll-back.ts';
import { setStable } from './set-stable.ts';
import { getExchange, listExchanges, listFeedback, listScores, listShadows, listWindows } from './stored.ts';
import { getService, postMetrics } from './watching.ts';
import { createVersions, getVersion, labelVersion, listVersions } from './versions.ts';

/** Who answers which endpoint of the contract; one without a handler does not compile. */
export const HANDLERS: { [K in EndpointName]: Handler<K> } = {
  applyDocuments,
  planDocuments,
  getDocument,
  listAgents,
  getAgent,
  setStable,
  listRollouts,
  getRollout,
  pauseRollout,
  resumeRollout,
  skipStage,
  promoteRollout,
  approvePromotion,
  abortRollout,
  rollBack,
  restartRollout,
  listDecisions,
  listGates,
  getGate,
  listAudit,
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
  listExchanges,
  getExchange,
  listScores,
  listShadows,
  listFeedback,
  listWindows,
  getEvidence,
  getLag,
  getThroughput,
  resetOffsets,
  listDeadLetters,
  countDeadLetters,
  getDeadLetter,
  replayDeadLetters,
  listAlerts,
  acknowledgeAlert,
  testAlerting,
  postMetrics,
  getService,
};
