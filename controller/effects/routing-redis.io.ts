import type { Redis } from '../../platform/redis/redis.ts';
import { ROUTING_CHANNEL, routingKey } from '../../platform/redis/routing-table.ts';
import { ServableView } from '../../schemas/servable-view.ts';
import type { ApplyOutcome, ApplyRouting } from './routing-writer.ts';

/**
 * Compare-and-set on the sequence, in one step as seen by every client of Redis. A value that can't be read counts as none.
 * 1 applied and published, 0 the same, −1 a later one stands there, −2 another one under the same sequence.
 */
const COMPARE_AND_SET = `
local current = redis.call('GET', KEYS[1])
if current then
  local readable, view = pcall(cjson.decode, current)
  local sequence = readable and type(view) == 'table' and tonumber(view['sequence'])
  if sequence then
    if sequence > tonumber(ARGV[1]) then return -1 end
    if sequence == tonumber(ARGV[1]) then
      if current == ARGV[2] then return 0 else return -2 end
    end
  end
end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('PUBLISH', ARGV[3], ARGV[2])
return 1
`;

const OUTCOMES: Readonly<Record<string, ApplyOutcome>> = {
  '1': 'applied',
  '0': 'same',
  '-1': 'older',
  '-2': 'conflict',
};

/** Offers a routing view to Redis. Rejects while Redis can't be reached. */
export const createRoutingStore =
  (redis: Redis): ApplyRouting =>
  async (agent, sequence, json) => {
    const answer = await redis.eval(COMPARE_AND_SET, 1, routingKey(agent), String(sequence), json, ROUTING_CHANNEL);
    const outcome = OUTCOMES[String(answer)];
    if (outcome === undefined) throw new Error(`Redis answered the compare-and-set with ${String(answer)}`);
    return outcome === 'conflict' && isSameView(await redis.get(routingKey(agent)), json) ? 'same' : outcome;
  };

/** Whether a text differs but for fields that the controller that wrote it did not know yet. */
const isSameView = (text: string | null, json: string): boolean => {
  try {
    const found = ServableView.safeParse(JSON.parse(text ?? ''));
    return found.success && JSON.stringify(found.data) === json;
  } catch {
    return false;
  }
};
