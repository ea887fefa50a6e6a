import { readFileSync } from 'node:fs';
import path from 'node:path';
import { until } from '../../cli/until.ts';
import type { BlockName } from './not-run.ts';
import { printedDocument, type PrintedStack } from './stack.ts';

/** How a printed block is run. All are run in this order, each on what those before it have left. */
export type PrintedRun = BlockName & {
  /** What the page takes for granted. */
  before?: (world: PrintedStack) => Promise<unknown>;
  /** It ends in a service, which is ended once `whileUp` is so. */
  isServed?: true;
  whileUp?: (world: PrintedStack) => Promise<void>;
  /** The page says that this comes of it. */
  says?: RegExp;
  /** `npx` itself runs its first command, which alone takes seconds; elsewhere what it would start is started at once. */
  hasNpx?: true;
  /** An ingress of its own takes the block's requests. */
  hasOwnIngress?: true;
  /** More of the page's words that stand for others here. */
  standIns?: Record<string, string>;
};

const ROOT = path.resolve(import.meta.dirname, '../..');
const LIMIT_MS = 60_000;
const REQUESTS = 20;

const example = (file: string): string => readFileSync(path.join(ROOT, 'examples', file), 'utf8');
const abort = ({ controller }: PrintedStack, name: string) => controller.abortRollout({ params: { name } });
const apply = ({ controller }: PrintedStack, body: string) => controller.applyDocuments({ body });

/** A rollout in shadow with some pairs of answers. */
const shadowOfV2 = async (world: PrintedStack): Promise<void> => {
  await apply(world, example('support/rollout-v2.yaml').replaceAll('8s', '10m'));
  const seen = async (): Promise<true | undefined> => {
    for (let i = 0; i < REQUESTS; i += 1) await world.ask(`user-${i}`);
    const { metrics } = await world.controller.getRollout({ params: { name: 'support-v2' } });
    return metrics.some(({ candidateCount }) => candidateCount > 0) || undefined;
  };
  await until('answers in the shadow to be counted', seen, LIMIT_MS);
};

const answersFromHelpdesk = async ({ stack }: PrintedStack): Promise<void> => {
  const asked = async (): Promise<true | undefined> => {
    const url = `${stack.ingressUrl}/agents/helpdesk/answer`;
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: '{"question":"How do I pay?"}' });
    return (await response.text()).startsWith('{"reply":"') || undefined;
  };
  await until('the helpdesk to answer', asked, LIMIT_MS);
};

const ownIngressIsUp = async ({ ownIngressPort }: PrintedStack): Promise<void> => {
  const up = async (): Promise<true | undefined> =>
    (await fetch(`http://127.0.0.1:${ownIngressPort}/livez`)).ok || undefined;
  await until('the ingress to be up', up, LIMIT_MS);
};

const FEEDBACK = /"status":"accepted"/;

export const RUN: readonly PrintedRun[] = [
  {
    file: 'README.md',
    has: 'curl -i http',
    says: /x-coalmine-version: v1[^]*x-coalmine-exchange-id|x-coalmine-exchange-id[^]*x-coalmine-version: v1/,
  },
  { file: 'README.md', has: '/v1/feedback', says: FEEDBACK },
  { file: 'README.md', has: 'guide-v2', hasNpx: true, says: /changed my mind/ },
  {
    file: 'README.md',
    has: 'INGRESS_POLICY',
    isServed: true,
    hasOwnIngress: true,
    whileUp: ownIngressIsUp,
    says: /^cm[_-]\S+$/m,
  },
  { file: 'README.md', has: 'examples/helpdesk', whileUp: answersFromHelpdesk, says: /v2 begins in shadow/ },
  { file: 'docs/front-door-protocols.md', has: 'chat/completions', says: /x-coalmine-exchange-id/ },
  {
    file: 'docs/front-door-protocols.md',
    has: 'report.pdf',
    standIns: { 'agents/support': 'agents/files' },
    says: /"stored":true[^]*"done":true/,
  },
  { file: 'docs/front-door-protocols.md', has: '"thumbs"', says: FEEDBACK },
  { file: 'docs/front-door-protocols.md', has: '"events"', says: FEEDBACK },
  { file: 'docs/front-door-protocols.md', has: '"scores"', says: FEEDBACK },
  { file: 'docs/calibration.md', has: '"labels"', says: FEEDBACK },
  { file: 'docs/ingress-policy.md', has: 'support.key', hasOwnIngress: true, says: /"chat\.completion"/ },
  { file: 'docs/gate.md', has: 'examples/gates/support.yaml', says: /Gate support-golden passed/ },
  { file: 'docs/registry.md', has: 'version create', says: /v1: created[^]*v1\.1[^]*try the kind one/ },
  { file: 'docs/calibration.md', has: 'npx coalmine calibrate' },
  { file: 'docs/operating.md', has: 'dlq list', says: /would be sent back/ },
  { file: 'docs/mirror.md', has: 'shadow-report', before: shadowOfV2, says: /shadow +\d+ pairs/ },
  { file: 'docs/rollouts.md', has: '$api/v1/decisions', says: /"type":"start"/ },
  { file: 'docs/rollouts.md', has: 'coalmine explain', says: /v2 is in shadow/ },
  { file: 'docs/keys.md', has: 'ci.key', says: /v2 is in shadow[^]*"decisions":/ },
  {
    file: 'docs/rollouts.md',
    has: 'coalmine resume',
    before: async (world) => {
      await abort(world, 'support-v2');
      await apply(world, printedDocument('docs/rollouts.md', 'support-v2-watched'));
      await world.controller.pauseRollout({ params: { name: 'support-v2-watched' } });
    },
    says: /read the shadow report/,
  },
  {
    file: 'docs/rollouts.md',
    has: 'support-tone',
    before: async (world) => {
      await abort(world, 'support-v2-watched');
      await apply(world, printedDocument('docs/rollouts.md', 'support-tone'));
    },
    says: /more solved tickets/,
  },
  { file: 'docs/rollouts.md', has: 'agents/support/stable', says: /customers complain/ },
  { file: 'docs/watching.md', has: '/v1/metrics', says: /"taken":1/ },
];
