import { capitalized } from '../../schemas/sentence/figures.ts';
import { z } from 'zod';
import { CONTROLLER_API } from '../../schemas/controller-api.ts';
import type { Endpoint } from '../../schemas/endpoint.ts';
import { Problem, PROBLEM_KINDS, PROBLEM_TYPE, type ProblemKind, PROBLEMS } from '../../schemas/problem.ts';
import { CSRF_HEADER, SESSION_API, SESSION_COOKIE } from '../../schemas/session-api.ts';
import { Name } from '../../schemas/routing-view.ts';

/** All that is served, with what only pages need. */
export const SERVED: Readonly<Record<string, Endpoint>> = { ...CONTROLLER_API, ...SESSION_API };

type Json = Record<string, unknown>;
/** What a page or a program needs to know of one endpoint. */
export type Operation = {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  'x-role': string;
  parameters: { name: string; in: string; required: boolean; schema: Json }[];
  requestBody?: { required: boolean; content: Record<string, { schema: Json }> };
  responses: Record<string, Json>;
  security: Record<string, string[]>[];
};
export type OpenApi = {
  openapi: '3.1.1';
  jsonSchemaDialect: string;
  info: Json;
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Json; responses: Json; securitySchemes: Json };
};

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
const patternOf = (schema: z.ZodType): unknown => (z.toJSONSchema(schema) as Json)['pattern'];
/** JSON Schema's patterns have no flags, and zod leaves the `i` of a name's unsaid. */
const NAME = patternOf(Name);
const ANY_JSON = { description: 'any JSON value' };

/** What is named in more than one place stands once, under its name. What goes in may look other than what comes out. */
const schemaOf = (schema: z.ZodType, io: 'input' | 'output', shared: Json): Json => {
  const override: z.core.JSONSchemaGeneratorParams['override'] = ({ jsonSchema }) => {
    if (jsonSchema.pattern === NAME) jsonSchema.pattern = String(NAME).replaceAll('a-z', 'A-Za-z');
  };
  // zod numbers what refers to itself: of ours that is any JSON value.
  const nameOf = (id: string): string => (id.startsWith('__schema') ? 'Json' : io === 'input' ? `${id}Input` : id);
  const text = JSON.stringify(z.toJSONSchema(schema, { io, override })).replaceAll(
    /"#\/\$defs\/([^"]+)"/g,
    (_, id: string) => `"#/components/schemas/${nameOf(id)}"`,
  );
  const { $schema: _schema, $defs = {}, id: _id, ...own } = JSON.parse(text) as Json & { $defs?: Record<string, Json> };
  for (const [id, { id: _own, ...def }] of Object.entries($defs))
    shared[nameOf(id)] = id === '__schema0' ? ANY_JSON : def;
  return own;
};

/** Those that any endpoint may answer, and those of endpoints that take a body. */
const ALWAYS: readonly ProblemKind[] = [
  'invalid',
  'unauthenticated',
  'forbidden',
  'not-found',
  'internal',
  'unavailable',
];
const OF_COMMANDS: readonly ProblemKind[] = ['conflict', 'stale', 'too-large', 'media-type'];

/** `pauseRollout` as `Pause rollout`. */
const summaryOf = (name: string): string =>
  capitalized(name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));

const parametersOf = ({ params, query, headers }: Endpoint, shared: Json): Operation['parameters'] =>
  [
    ['path', params],
    ['query', query],
    ['header', headers],
  ].flatMap(([place, schema]) => {
    if (schema === undefined) return [];
    const { properties = {}, required = [] } = schemaOf(schema as z.ZodObject, 'input', shared) as {
      properties?: Record<string, Json>;
      required?: string[];
    };
    return Object.entries(properties).map(([name, of]) => ({
      name,
      in: place as string,
      required: required.includes(name),
      schema: of,
    }));
  });

const TEXT_TYPES = ['application/yaml', 'text/plain'];

const bodyOf = ({ body, isText }: Endpoint, shared: Json): Pick<Operation, 'requestBody'> => {
  if (body === undefined) return {};
  const types = isText ? TEXT_TYPES : ['application/json'];
  const schema = isText ? { type: 'string' } : schemaOf(body, 'input', shared);
  const required = isText === true || !body.safeParse(undefined).success;
  return { requestBody: { required, content: Object.fromEntries(types.map((type) => [type, { schema }])) } };
};

const operationOf = (name: string, endpoint: Endpoint, shared: Json): Operation => {
  const { role, path, does, response, body, hasEtag, isStream } = endpoint;
  const answer = response.meta()?.id ?? `${capitalized(name)}Response`;
  if (!isStream) shared[answer] = schemaOf(response, 'output', shared);
  const commanded = body === undefined ? ALWAYS : [...ALWAYS, ...OF_COMMANDS];
  const problems: readonly ProblemKind[] = isStream ? [...commanded, 'too-many'] : commanded;
  const content = isStream
    ? { 'text/event-stream': { schema: { type: 'string' } } }
    : { 'application/json': { schema: { $ref: `#/components/schemas/${answer}` } } };
  return {
    operationId: name,
    tags: [path.split('/')[2] ?? ''],
    summary: summaryOf(name),
    description: `${capitalized(does)}.\n\nIt takes a key with the role \`${role}\`.`,
    'x-role': role,
    parameters: parametersOf(endpoint, shared),
    ...bodyOf(endpoint, shared),
    responses: {
      200: {
        description: 'done',
        ...(hasEtag && { headers: { ETag: { schema: { type: 'string' } } } }),
        content,
      },
      ...(hasEtag && { 304: { description: 'whoever asks has it' } }),
      ...Object.fromEntries(
        problems.map((kind) => [String(PROBLEMS[kind].status), { $ref: `#/components/responses/${kind}` }]),
      ),
    },
    security: [{ key: [] }, { session: [] }],
  };
};

const problemResponse = (kind: ProblemKind): Json => ({
  description: PROBLEMS[kind].about,
  content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
});

/** The whole API as OpenAPI 3.1, made from its contract. */
export const openApi = (): OpenApi => {
  const shared: Json = { Json: ANY_JSON };
  shared['Problem'] = schemaOf(Problem, 'output', shared);
  const paths: OpenApi['paths'] = {};
  for (const [name, endpoint] of Object.entries(SERVED)) {
    const path = endpoint.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operationOf(name, endpoint, shared) };
  }
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  return {
    openapi: '3.1.1',
    jsonSchemaDialect: DIALECT,
    info: {
      title: 'coalmine controller',
      version: 'v1',
      description: 'Steers the releases of agents: documents, rollouts, decisions and what is registered.',
    },
    tags: [...new Set(operations.flatMap(({ tags }) => tags))].map((name) => ({ name })),
    paths,
    components: {
      schemas: shared,
      responses: Object.fromEntries(PROBLEM_KINDS.map((kind) => [kind, problemResponse(kind)])),
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'a key of coalmine: cm_live_…' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: SESSION_COOKIE,
          description: `of a page that has opened a session; what changes anything needs \`${CSRF_HEADER}: 1\` besides`,
        },
      },
    },
  };
};
