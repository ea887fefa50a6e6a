import { COMPATIBILITY, SchemaRegistry as ConfluentRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import avsc from 'avsc';
import type { Avro } from '../../schemas/avro.ts';
import type { Clock } from '../process/clock.ts';
import type { RegistryAccess } from '../process/parts-security.ts';
import { createRegistryHttp, findTrouble, type RegistryHttp, RegistryTroubleError } from './registry-http.ts';

const TIMEOUT_MS = 5_000;
const UNKNOWN_FOR_MS = 60_000;
const MAX_UNKNOWN = 10_000;
const LOOKUP_SPACING_MS = 20;
const BREAK_AFTER_FAILURES = 3;
const BREAK_FOR_MS = 2_000;

/** Every setting is given on purpose: the client keeps one set of defaults per process and writes into it. */
const NO_RETRY = { maxRetryTimeInSecs: 1, initialRetryTimeInSecs: 0.1, factor: 0.2, multiplier: 2, retries: 0 };

/** The error code of every Confluent-compatible registry for an id that it does not have. */
const SCHEMA_NOT_FOUND = 40403;

type ClientMiddleware = NonNullable<ConstructorParameters<typeof ConfluentRegistry>[0]['middlewares']>[number];

export const subjectOf = (topicName: string): string => `${topicName}-value`;

/** The registry answered that there is no such schema, or that it is none that we could read. */
export class UnknownSchemaError extends Error {
  override name = 'UnknownSchemaError';
}

export type SchemaRegistry = {
  /** The schema's id under the subject; the same id however often. Rejects if the registry is away or refuses it. */
  register(subject: string, schema: Avro): Promise<number>;
  /** Rejects with UnknownSchemaError, or with another error while the registry is away. */
  schema(id: number): Promise<avsc.Type>;
};

/**
 * Whether the registry itself says that there is no such id. The client tells neither a refused connection nor a wrong
 * URL from that, and to mistake them for it would send good records to the dead letters.
 */
const saysUnknown = async (http: RegistryHttp, id: number): Promise<boolean> => {
  const { status, body } = await findTrouble(http, `/schemas/ids/${id}`);
  return status === 404 && (body as { error_code?: number } | null)?.error_code === SCHEMA_NOT_FOUND;
};

const withTimeout = async <T>(url: string, work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the schema registry at ${url} did not answer in ${TIMEOUT_MS} ms`)),
      TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Keeps garbage in a topic from becoming a flood on the registry: ids it does not know are remembered for a minute,
 * look-ups stand at least 20 ms apart, and after three failures in a row nobody asks for 2 s.
 */
const createGuard = (clock: Clock) => {
  const unknownUntilMs = new Map<number, number>();
  let failures = 0;
  let closedUntilMs = 0;
  let turn = Promise.resolve();
  return {
    ask: async <T>(id: number, lookUp: () => Promise<T>): Promise<T> => {
      if ((unknownUntilMs.get(id) ?? 0) > clock.nowMs())
        throw new UnknownSchemaError(`the registry has no schema ${id}`);
      if (closedUntilMs > clock.nowMs()) throw new Error('the schema registry is away (not asked again yet)');
      const mine = turn;
      turn = mine.then(() => clock.sleep(LOOKUP_SPACING_MS));
      await mine;
      try {
        const found = await lookUp();
        failures = 0;
        return found;
      } catch (error) {
        if (error instanceof UnknownSchemaError) {
          failures = 0;
          if (unknownUntilMs.size >= MAX_UNKNOWN) unknownUntilMs.clear();
          unknownUntilMs.set(id, clock.nowMs() + UNKNOWN_FOR_MS);
        } else if (++failures >= BREAK_AFTER_FAILURES) closedUntilMs = clock.nowMs() + BREAK_FOR_MS;
        throw error;
      }
    },
  };
};

/** Gives each of the client's requests the authorization as it is then. */
const authorizing = ({ authorization }: RegistryHttp) => {
  const middleware: ClientMiddleware = () => ({
    prepareRequest: async (next) => {
      const request = await next();
      const own = authorization();
      return own === null ? request : request.enhance({ headers: { authorization: own } });
    },
  });
  return middleware;
};

/** A Confluent-compatible registry over HTTP. Ids once seen are kept for good, so an outage stops only new ones. */
export const createHttpRegistry = (access: RegistryAccess, clock: Clock): SchemaRegistry => {
  const http = createRegistryHttp(access);
  const { host, agent } = http;
  const client = new ConfluentRegistry(
    { host, retry: NO_RETRY, agent, middlewares: [authorizing(http)] },
    { [SchemaType.AVRO]: { wrapUnions: 'auto' } },
  );
  const guard = createGuard(clock);
  const known = new Map<number, avsc.Type>();
  const lookUp = async (id: number): Promise<avsc.Type> => {
    try {
      const schema = await withTimeout(host, client.getSchema(id));
      if (schema instanceof avsc.Type) return schema;
    } catch (error) {
      const isUnreadable = (error as Error).name === 'ConfluentSchemaRegistryArgumentError';
      if (isUnreadable || (await saysUnknown(http, id)))
        throw new UnknownSchemaError(`the registry has no schema ${id} that could be read`);
      throw error;
    }
    throw new UnknownSchemaError(`schema ${id} is not an Avro schema`);
  };
  return {
    register: async (subject, avro) => {
      const schema = { type: SchemaType.AVRO as const, schema: JSON.stringify(avro) };
      const options = { subject, compatibility: COMPATIBILITY.BACKWARD_TRANSITIVE };
      try {
        const { id } = await withTimeout(host, client.register(schema, options));
        return id;
      } catch (error) {
        await findTrouble(http, '/subjects').catch((found: unknown) => {
          if (found instanceof RegistryTroubleError) throw found;
        });
        const reason = `the schema registry at ${host} did not take the schema of ${subject}: ${(error as Error).message}`;
        throw new Error(reason, { cause: error });
      }
    },
    schema: async (id) => {
      if (id <= 0) throw new UnknownSchemaError(`${id} can't be the id of a schema`);
      const type = known.get(id) ?? (await guard.ask(id, () => lookUp(id)));
      known.set(id, type);
      return type;
    },
  };
};

/** The same in memory, for tests; it checks no compatibility. */
export const createMemoryRegistry = (): SchemaRegistry => {
  const types: avsc.Type[] = [];
  return {
    register: async (_subject, avro) => {
      const type = avsc.Type.forSchema(avro as never, { wrapUnions: 'auto' });
      const at = types.findIndex((known) => known.equals(type));
      return at >= 0 ? at + 1 : types.push(type);
    },
    schema: async (id) => {
      const type = types[id - 1];
      if (!type) throw new UnknownSchemaError(`the registry has no schema ${id}`);
      return type;
    },
  };
};
