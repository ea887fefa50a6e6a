import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Block, shellBlocks } from './printed/blocks.ts';
import { runBlock } from './printed/run-block.ts';
import { type PrintedRun, RUN } from './printed/run.ts';
import { type PrintedStack, startPrintedStack } from './printed/stack.ts';
import { readTree } from './tidy/tree.ts';

const root = path.resolve(import.meta.dirname, '..');
const START_TIMEOUT_MS = 120_000;
const blocks = shellBlocks(readTree(root));

let world: PrintedStack;
let exchangeId: string;
beforeAll(async () => {
  world = await startPrintedStack();
  exchangeId = await world.ask('reader');
}, START_TIMEOUT_MS);
afterAll(() => world?.stop(), START_TIMEOUT_MS);

const blockOf = ({ file, has }: PrintedRun): Block => {
  const found = blocks.find((block) => block.file === file && block.text.includes(has));
  if (found === undefined) throw new Error(`no block of ${file} has ${has}`);
  return found;
};

/** What a reader puts in for what the page leaves open. */
const filledIn = (text: string, { standIns = {}, hasOwnIngress }: PrintedRun): string => {
  const own =
    hasOwnIngress === undefined ? text : text.replaceAll('localhost:8080', `127.0.0.1:${world.ownIngressPort}`);
  const given: Record<string, string> = {
    '<the id>': exchangeId,
    '<x-coalmine-exchange-id>': exchangeId,
    'AQEMAAAAAwGh_o…': exchangeId,
    'PROVIDER_KEY=…': 'PROVIDER_KEY=none',
    ...standIns,
  };
  return Object.entries(given).reduce((all, [printed, ours]) => all.replaceAll(printed, ours), world.replaced(own));
};

it.for(RUN.map((run) => [`${run.file}, ${run.has}`, run] as const))(
  'the commands in %s run as they are printed',
  async ([, run]) => {
    await run.before?.(world);
    const { code, said } = await runBlock({
      text: filledIn(blockOf(run).text, run),
      cwd: world.clone,
      // What pages set in an earlier block, a key that may do everything, and ports that are taken where this runs.
      env: {
        api: world.stack.controllerUrl,
        CONTROLLER_URL: world.stack.controllerUrl,
        CONTROLLER_KEY_FILE: world.stack.adminKey.file,
        key: world.stack.adminKey.text,
        INGRESS_PORT: String(world.ownIngressPort),
        KEY: '',
        ...(run.hasOwnIngress && run.isServed ? world.stack.parts.env : {}),
      },
      hasNpx: run.hasNpx ?? false,
      isServed: run.isServed ?? false,
      whileUp: async () => run.whileUp?.(world),
    });
    expect(code, said).toBe(0);
    if (run.says) expect(said).toMatch(run.says);
  },
);
