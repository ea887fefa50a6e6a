import { KafkaJSProtocolError } from 'kafkajs';
import { expect, it, vi } from 'vitest';
import { onceLoaded } from './once-loaded.ts';

const says = (type: string): Error => Object.assign(new KafkaJSProtocolError(new Error(type)), { type });

it('asks again while a broker that has just started reads its groups', async () => {
  const ask = vi
    .fn<() => Promise<string>>()
    .mockRejectedValueOnce(says('GROUP_LOAD_IN_PROGRESS'))
    .mockRejectedValueOnce(says('GROUP_COORDINATOR_NOT_AVAILABLE'))
    .mockResolvedValue('offsets');
  await expect(onceLoaded(ask)).resolves.toBe('offsets');
});

it('does not ask again where Kafka refuses, or for ever', async () => {
  const refused = vi.fn<() => Promise<string>>().mockRejectedValue(says('GROUP_AUTHORIZATION_FAILED'));
  await expect(onceLoaded(refused)).rejects.toThrow('GROUP_AUTHORIZATION_FAILED');
  expect(refused).toHaveBeenCalledOnce();
  await expect(onceLoaded(() => Promise.reject(says('GROUP_LOAD_IN_PROGRESS')), 1)).rejects.toThrow('GROUP_LOAD');
});
