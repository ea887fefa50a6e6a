import { request } from 'undici';
import type { AgentView } from '../../schemas/controller-api.ts';
import { controllerAt } from '../controller/access.ts';
import { messageOf } from '../../schemas/error-message.ts';
import { type Check, type Finding, findingsOf } from './finding.ts';

const { ok, warn, fail } = findingsOf('versions');
const WITHIN_MS = 3_000;

/** Any answer at all will do: what an upstream says to a plain GET is its own affair. */
const answers = async (upstream: string): Promise<string | null> => {
  try {
    const { body } = await request(upstream, { signal: AbortSignal.timeout(WITHIN_MS) });
    body.on('error', () => {});
    body.destroy();
    return null;
  } catch (error) {
    return messageOf(error);
  }
};

const ofAgent = async ({ name, versions, arms }: AgentView): Promise<Finding[]> => {
  const troubles = await Promise.all(
    versions.map(async (version) => ({ version, why: await answers(version.upstream) })),
  );
  const away = troubles.filter(({ why }) => why !== null);
  if (away.length === 0) return [ok(`${name}: all ${versions.length} versions answer`)];
  return away.map(({ version: { label, upstream }, why }) => {
    const serves = arms.some((arm) => arm.version === label && arm.weight > 0);
    const what = `${name}@${label} does not answer at ${upstream} from here (${why})`;
    return serves
      ? fail(
          what,
          'it serves users: start it, or send them elsewhere (coalmine rollback), unless only this machine can’t reach it',
        )
      : warn(what, 'it serves nobody now');
  });
};

export const versionsCheck: Check = {
  name: 'versions',
  about: 'whether the upstreams of all versions answer, from here',
  run: async (url) => {
    const { agents } = await controllerAt(url).listAgents({});
    return (await Promise.all(agents.map(ofAgent))).flat();
  },
};
