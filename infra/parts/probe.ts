import net from 'node:net';
import { createKafka } from '../../platform/kafka/kafka-client.ts';
import { createRegistryHttp } from '../../platform/kafka/registry-http.ts';
import { silentLog } from '../../platform/process/log.ts';
import type { KafkaAccess, RegistryAccess } from '../../platform/process/parts-security.ts';

const patienceMs = 2_000;

/** The node ids of the brokers that clients may use now, as the cluster at `host:port[,host:port…]` tells them. */
export async function brokerIds(at: string | KafkaAccess): Promise<number[]> {
  const access = typeof at === 'string' ? { brokers: at.split(',') } : at;
  const admin = createKafka({ ...access, clientId: 'coalmine-parts', log: silentLog }, { retries: 0 }).admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.map(({ nodeId }) => nodeId);
  } finally {
    await admin.disconnect();
  }
}

/** True once a registry answers under its URL, the base of its Confluent-compatible API. */
export async function registryAnswers(at: string | RegistryAccess): Promise<boolean> {
  const { status } = await createRegistryHttp(typeof at === 'string' ? { registryUrl: at } : at).get('/subjects');
  return status === 200;
}

/** True once a Redis at `url` answers a PING, be it only to ask for a password: clients that know it will get in. */
export async function redisAnswers(url: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url);
  return await new Promise((resolve, reject) => {
    const socket = net.connect(Number(port || 6379), hostname.replaceAll(/[[\]]/g, ''));
    const settle = (answers: boolean): void => {
      socket.destroy();
      resolve(answers);
    };
    socket.setTimeout(patienceMs, () => settle(false));
    socket.once('error', reject);
    // Behind TLS, an open port has to do.
    socket.once('connect', () => (protocol === 'rediss:' ? settle(true) : socket.write('PING\r\n')));
    socket.once('data', (data) => settle(/^(\+PONG|-NOAUTH)/.test(data.toString())));
  });
}
