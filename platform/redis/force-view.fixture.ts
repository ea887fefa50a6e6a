import type { Redis } from './redis.ts';
import { ROUTING_CHANNEL, routingKey } from './routing-table.ts';

/** Puts a view in force by hand, whatever stands there: unlike the controller it asks for no later sequence, nor for a sound view. */
export const forceView = async (redis: Redis, agent: string, json: string): Promise<void> => {
  await redis.set(routingKey(agent), json);
  await redis.publish(ROUTING_CHANNEL, json);
};
