import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import { secretText } from '../process/options.ts';
import type { RegistryAccess, RegistrySecurity } from '../process/parts-security.ts';
import { tlsOptionsOf } from '../process/tls-files.ts';
import { tlsTrouble } from '../process/tls-trouble.ts';

const TIMEOUT_MS = 5_000;

/** How the registry is asked: its URL without a user, the connections, and the authorization as it is now. */
export type RegistryHttp = {
  host: string;
  agent: http.Agent;
  /** The header's value; null where anybody may ask. Throws where a secret's file can't be read. */
  authorization(): string | null;
  /** The answer's status and its body as JSON, null where it is none. Rejects while the registry is away. */
  get(path: string): Promise<{ status: number; body: unknown }>;
};

const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** Each connection is made with the CA as it is then. */
const agentOf = (url: URL, security: RegistrySecurity | undefined): http.Agent => {
  const keepAlive = { keepAlive: true, timeout: 30_000 };
  if (url.protocol === 'http:') return new http.Agent(keepAlive);
  const agent = new https.Agent({ ...keepAlive, maxCachedSessions: 0 });
  if (security === undefined) return agent;
  agent.createConnection = (options) => {
    try {
      return tls.connect({ ...(options as tls.ConnectionOptions), ...tlsOptionsOf(security.tls) });
    } catch (error) {
      return new net.Socket().destroy(error as Error);
    }
  };
  return agent;
};

export const createRegistryHttp = ({ registryUrl, registrySecurity }: RegistryAccess): RegistryHttp => {
  const url = new URL(registryUrl);
  const [username, password] = [url.username, url.password].map(decodeURIComponent) as [string, string];
  url.username = '';
  url.password = '';
  const host = url.href.replace(/\/+$/, '');
  const agent = agentOf(url, registrySecurity);
  const authorization = (): string | null => {
    const credentials = registrySecurity?.credentials ?? null;
    if (credentials === null) return username === '' ? null : basic(username, password);
    if ('token' in credentials) return `Bearer ${secretText(credentials.token)}`;
    return basic(credentials.username, secretText(credentials.password));
  };
  const get: RegistryHttp['get'] = (path) =>
    new Promise((resolve, reject) => {
      const own = authorization();
      const headers = { accept: 'application/json', ...(own === null ? {} : { authorization: own }) };
      const client = url.protocol === 'https:' ? https : http;
      const request = client.get(`${host}${path}`, { agent, headers, timeout: TIMEOUT_MS }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          let body: unknown = null;
          try {
            body = JSON.parse(Buffer.concat(chunks).toString());
          } catch {
            // A proxy's page, say; the status tells.
          }
          resolve({ status: response.statusCode ?? 0, body });
        });
      });
      request.on('timeout', () => request.destroy(new Error(`no answer in ${TIMEOUT_MS} ms`)));
      request.on('error', reject);
    });
  return { host, agent, authorization, get };
};

/** The registry answers, and will not have us; the message is the sentence that says why, and what to do. */
export class RegistryTroubleError extends Error {
  override name = 'RegistryTroubleError';
}

/** What the registry has against us, of its answer or of an error; null for anything else, such as that nobody answers. */
const sentenceOf = (host: string, found: { status?: number; code?: string; message?: string }): string | null => {
  const { status, code = '', message = '' } = found;
  const who = `the schema registry at ${host}`;
  if (status === 401)
    return `${who} refused our credentials: look at SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD, or SCHEMA_REGISTRY_TOKEN`;
  if (status === 403) return `${who} does not let us read or register schemas: give our user the right to`;
  return tlsTrouble({ code, message }, { who, prefix: 'SCHEMA_REGISTRY', showsCertificate: false });
};

/** Asks anew after the client failed, whose errors hide what became of the connection. Rejects as that goes. */
export const findTrouble = async ({ host, get }: RegistryHttp, path: string): ReturnType<RegistryHttp['get']> => {
  let sentence: string | null;
  try {
    const answer = await get(path);
    sentence = sentenceOf(host, { status: answer.status });
    if (sentence === null) return answer;
  } catch (error) {
    sentence = sentenceOf(host, error as Error);
    if (sentence === null) throw error;
  }
  throw new RegistryTroubleError(sentence);
};
