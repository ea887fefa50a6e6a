import { joinUrl } from '../../openai/base-url.ts';
import { controllerAt, keyFor } from '../controller/access.ts';
import { RefusedError } from '../controller/client.ts';
import { type Check, type Finding, findingsOf } from './finding.ts';

const { ok, warn, fail } = findingsOf('controller');
const WITHIN_MS = 5_000;

/** Between ours and its clock, which `date` has to the second: no less than this can be told. */
const CLOCKS_APART_MS = 3_000;

const START = 'start one (`npm start`), or name it with --url, CONTROLLER_URL or `coalmine context set`';

export const clockFinding = (whose: string, theirMs: number, ourMs: number): Finding => {
  const apartMs = theirMs - ourMs;
  if (Math.abs(apartMs) <= CLOCKS_APART_MS) return findingsOf('clocks').ok(`${whose} has our time`);
  const seconds = Math.round(Math.abs(apartMs) / 1_000);
  return findingsOf('clocks').warn(
    `${whose} is ${seconds} s ${apartMs > 0 ? 'ahead of' : 'behind'} this machine`,
    'run NTP on both: windows go by the clocks of those who write',
  );
};

const keyFinding = async (url: string): Promise<Finding[]> => {
  if (keyFor(url) === null)
    return [
      warn(
        'there is no key to ask it with',
        'set CONTROLLER_KEY_FILE, or make one: npm run keys -- create --name you --role view',
      ),
    ];
  try {
    const { agents } = await controllerAt(url).listAgents({});
    return [ok(`our key may ask it; it knows ${agents.length === 1 ? '1 agent' : `${agents.length} agents`}`)];
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return [
      fail(`it refuses our key: ${error.message}`, 'make another: npm run keys -- create --name you --role view'),
    ];
  }
};

export const controllerCheck: Check = {
  name: 'controller',
  about: 'whether it answers and is ready, our key for it, its clock',
  run: async (url) => {
    const beforeMs = Date.now();
    let ready: Response;
    try {
      ready = await fetch(joinUrl(url, '/readyz'), { signal: AbortSignal.timeout(WITHIN_MS), redirect: 'manual' });
    } catch {
      return [fail(`nobody answers at ${url}`, START)];
    }
    const says = (await ready.text()).trim();
    const theirs = Date.parse(ready.headers.get('date') ?? '');
    const clock = Number.isNaN(theirs)
      ? []
      : [clockFinding('the controller', theirs + 500, (beforeMs + Date.now()) / 2)];
    if (ready.status === 200) return [ok(`${url} is ready`), ...(await keyFinding(url)), ...clock];
    if (ready.status === 503)
      return [fail(`${url} is not ready: ${says}`, 'mend what it names; it goes on by itself'), ...clock];
    return [fail(`${url} answers ${ready.status} to /readyz: that is no controller`, START)];
  },
};
