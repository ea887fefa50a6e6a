import net from 'node:net';
import { Kafka, logLevel } from 'kafkajs';

const patienceMs = 2_000;

/** The node ids of the brokers that clients may use now, as the cluster at `host:port[,host:port…]` tells them. */
export async function brokerIds(brokers: string): Promise<number[]> {
  const kafka = new Kafka({
    clientId: 'coalmine-parts',
    brokers: brokers.split(','),
    logLevel: logLevel.NOTHING,
    connectionTimeout: patienceMs,
    requestTimeout: patienceMs,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.map(({ nodeId }) => nodeId);
  } finally {
    await admin.disconnect();
  }
}

/** True once a registry answers under `url`, the base of its Confluent-compatible API. */
export async function registryAnswers(url: string): Promise<boolean> {
  return (await fetch(`${url}/subjects`, { signal: AbortSignal.timeout(patienceMs) })).ok;
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
