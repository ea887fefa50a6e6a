import type { Part, SecuredParts } from '../part.ts';
import { pickFreePorts } from '../ports.ts';
import { registryPath } from '../registry.ts';
import type { PartsEnv } from '../config.ts';
import { withTls, withTlsAndUsers } from './tls-front.ts';
import { createWorld, secureAddresses, type SecureWorld } from './world.ts';

/** Where secured parts listen beside the ports that clients use: in plain text, for what stands before them. */
type InnerPorts = { internal: number; mutual: number; registry: number; redis: number };

export type SecurePlan = { world: SecureWorld; ports: InnerPorts };

/** Certificates, users and ports for secured parts; nothing is started. */
export async function planSecured(folder: string): Promise<SecurePlan> {
  const [internal, mutual, registry, redis] = (await pickFreePorts(4)) as [number, number, number, number];
  return { world: await createWorld(folder), ports: { internal, mutual, registry, redis } };
}

/** Any user's basic authorization, or any user's password as a bearer token. */
const mayAsk = ({ passwordOf }: SecureWorld): ((authorization: string | undefined) => boolean) => {
  const known = new Set(
    [...passwordOf].flatMap(([name, password]) => [
      `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
      `Bearer ${password}`,
    ]),
  );
  return (authorization) => authorization !== undefined && known.has(authorization);
};

export const secureRegistry = ({ world, ports }: SecurePlan, part: Part, port: number): Part =>
  withTlsAndUsers({ part, port, targetPort: ports.registry, server: world.server }, mayAsk(world));

export const secureRedis = ({ world, ports }: SecurePlan, part: Part, port: number): Part =>
  withTls({ part, port, targetPort: ports.redis, server: world.server });

/** What is told of secured parts: their addresses, and the ways around their locks. */
export const securedOf = (
  { world, ports }: SecurePlan,
  outer: { kafka: number; registry: number; redis: number },
): { env: PartsEnv; secured: SecuredParts } => ({
  env: secureAddresses(outer, registryPath),
  secured: {
    world,
    adminBroker: `127.0.0.1:${ports.internal}`,
    mutualBroker: `localhost:${ports.mutual}`,
    registryUrl: `http://127.0.0.1:${ports.registry}${registryPath}`,
  },
});
