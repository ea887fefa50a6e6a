import type { z } from 'zod';
import { joinUrl } from '../../openai/base-url.ts';
import {
  CONTROLLER_API,
  ENDPOINT_NAMES,
  type EndpointName,
  type RequestTo,
  type ResponseOf,
} from '../../schemas/controller-api.ts';
import type { Endpoint } from '../../schemas/endpoint.ts';
import { plainUrlProblem } from '../../schemas/plain-url.ts';
import { Problem } from '../../schemas/problem.ts';

const TIMEOUT_MS = 15_000;

/**
 * A function for each endpoint of the contract. Each rejects with a sentence for the user: the controller's own words when
 * it refuses, else what to do about it.
 */
export type ControllerClient = { [K in EndpointName]: (request: RequestTo<K>) => Promise<ResponseOf<K>> };

/** The controller answered, and did not do it. */
export class RefusedError extends Error {
  override name = 'RefusedError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

type Given = {
  params?: Record<string, string>;
  query?: Record<string, string | number | undefined>;
  headers?: Record<string, string>;
  body?: unknown;
};

/** `key` says who asks; null asks without one. */
export const createControllerClient = (url: string, key: string | null, timeoutMs = TIMEOUT_MS): ControllerClient => {
  const call = async (endpoint: Endpoint, given: Given): Promise<unknown> => {
    const { method, response: schema } = endpoint;
    const response = await send(
      url,
      pathOf(endpoint, given),
      { method, ...contentOf(endpoint, given, key) },
      timeoutMs,
    );
    const text = await response.text();
    if (!response.ok) {
      const told = refusalOf(text) ?? `the controller at ${url} answered ${response.status}`;
      throw new RefusedError(
        response.status,
        response.status === 404 ? `${told}; ${whatThereIs(endpoint, given)}` : told,
      );
    }
    return read(schema, text, url);
  };
  const calls = ENDPOINT_NAMES.map((name) => [name, (given: Given) => call(CONTROLLER_API[name], given)]);
  return Object.fromEntries(calls) as ControllerClient;
};

/** Where whoever named what is not there finds its name. */
const whatThereIs = ({ path }: Endpoint, { params = {} }: Given): string => {
  const verb = path.startsWith('/v1/rollouts')
    ? 'list'
    : path.includes('/datasets')
      ? `dataset list ${params['agent']}`
      : 'versions';
  return `\`coalmine ${verb}\` shows what there is`;
};

const pathOf = ({ path }: Endpoint, { params = {}, query = {} }: Given): string => {
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) asked.set(name, String(value));
  return asked.size === 0 ? filled : `${filled}?${asked.toString()}`;
};

const contentOf = (
  { isText }: Endpoint,
  { body, headers = {} }: Given,
  key: string | null,
): { headers: Record<string, string>; body?: string } => {
  const auth = { ...headers, ...(key !== null && { authorization: `Bearer ${key}` }) };
  if (body === undefined) return { headers: auth };
  if (isText) return { headers: { ...auth, 'content-type': 'application/yaml' }, body: body as string };
  return { headers: { ...auth, 'content-type': 'application/json' }, body: JSON.stringify(body) };
};

const send = async (url: string, path: string, request: RequestInit, timeoutMs: number): Promise<Response> => {
  const problem = plainUrlProblem(url);
  if (problem !== null) throw new Error(`the controller’s URL ${problem}`);
  try {
    // Whoever answers in the controller's place with a redirect gets no key.
    return await fetch(joinUrl(url, path), { ...request, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError')
      throw new Error(`the controller at ${url} did not answer within ${timeoutMs / 1000} s`, { cause: error });
    throw new Error(`no controller answers at ${url}; start one, or name it with --url or CONTROLLER_URL`, {
      cause: error,
    });
  }
};

/** The controller's own words; undefined if the text holds none. */
const refusalOf = (text: string): string | undefined => {
  try {
    return Problem.parse(JSON.parse(text)).detail;
  } catch {
    return undefined;
  }
};

const read = (schema: z.ZodType, text: string, url: string): unknown => {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`what answers at ${url} is no controller of this version`, { cause: error });
  }
};
