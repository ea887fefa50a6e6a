import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTROLLER_API, ENDPOINT_NAMES, type EndpointName } from '../../schemas/controller-api.ts';
import type { Endpoint } from '../../schemas/endpoint.ts';
import { CONTROLLER_ROLES, type ControllerRole, covers } from '../../schemas/controller-role.ts';
import { accessWith, bearer, keyFor } from '../test/api-access.fixture.ts';
import {
  AGENT_YAML,
  createSimulation,
  rolloutYaml,
  type SimulatedController,
  startSimulated,
} from '../test/simulation.fixture.ts';
import { serveApi } from './http-api.io.ts';

/** One key for each role, by name; and what else a key may be. */
const KEYS = [
  ...CONTROLLER_ROLES.map((role) => keyFor(role, { roles: [role] })),
  keyFor('caller', { roles: ['pin', 'operator'] }),
  keyFor('restricted', { agents: ['other'] }),
  keyFor('gone', { revokedAtMs: 1 }),
  keyFor('expired', { expiresAtMs: 1 }),
];
const YAML = { 'content-type': 'application/yaml' };
const JSON_BODY = { 'content-type': 'application/json' };
const OTHER = AGENT_YAML.replace('name: support', 'name: other');

const simulation = createSimulation(21);
let controller: SimulatedController;
let api: Awaited<ReturnType<typeof serveApi>>;
beforeAll(async () => {
  controller = await startSimulated(simulation.bus, simulation.store, simulation.clock);
  api = await serveApi({ controller, ...accessWith(...KEYS) });
  for (const text of [`${AGENT_YAML}---${rolloutYaml()}`, OTHER])
    expect((await ask('POST', '/v1/documents', bearer('admin'), text, YAML)).status).toBe(200);
});
afterAll(async () => {
  await api.stop();
  await controller.stop();
});

/** What these tests look at in an answer's JSON; which of it is there depends on the endpoint. */
type Body = {
  detail: string;
  issues: { path: string }[];
  sequence: number;
  agents: { name: string }[];
  decision: { by: string; reason: string };
  decisions: { type: string; by: string }[];
};
type Answer = { status: number; body: Body; headers: Record<string, unknown> };
const ask = async (method: string, path: string, headers: object, body?: string, more = {}): Promise<Answer> => {
  const given = { method: method as 'GET', headers: { ...headers, ...more }, ...(body === undefined ? {} : { body }) };
  const response = await request(`http://127.0.0.1:${api.port}${path}`, given);
  const text = await response.body.text();
  return {
    status: response.statusCode,
    headers: response.headers,
    body: (text.startsWith('{') ? JSON.parse(text) : {}) as Body,
  };
};

/** A request to an endpoint that changes nothing whoever makes it. */
const harmless = (name: EndpointName, by: object): Promise<Answer> => {
  const { method, path, isText }: Endpoint = CONTROLLER_API[name];
  const filled = path
    .replace(':agent', 'support')
    .replace(':name', 'no-such-rollout')
    .replace(':version', 'v1')
    .replace(':kind', 'Rollout');
  const query = name === 'listDecisions' ? '?agent=support' : '';
  if (method === 'GET') return ask(method, `${filled.replace('no-such-rollout', 'support-v2')}${query}`, by);
  return isText
    ? ask(method, filled, by, 'kind: Nothing', YAML)
    : ask(method, filled, by, '{"version":"none"}', JSON_BODY);
};

describe.each(ENDPOINT_NAMES.map((name) => [name, CONTROLLER_API[name].role] as const))(
  '%s takes %s',
  (name, needed) => {
    it.each(CONTROLLER_ROLES)('of a key with the role %s', async (role) => {
      const { status, body } = await harmless(name, bearer(role));
      if (covers(role, needed)) expect([401, 403]).not.toContain(status);
      else expect([status, body.detail]).toEqual([403, `this takes a key with the role ${needed}`]);
    });

    it('and answers nobody else, whoever they say they are', async () => {
      for (const headers of [
        {},
        { 'x-coalmine-actor': 'controller' },
        { authorization: 'Basic YWRtaW46' },
        { authorization: 'Bearer ' },
        bearer('unknown'),
        bearer('gone'),
        bearer('expired'),
        { 'x-api-key': bearer('admin').authorization.slice(7) },
      ]) {
        const refused = await harmless(name, headers);
        expect([refused.status, refused.headers['www-authenticate']]).toEqual([401, 'Bearer']);
      }
      expect((await harmless(name, bearer('caller'))).status).toBe(403);
    });
  },
);

it('a key that is unknown while Redis is away is asked to come again; a known one is as good as ever', async () => {
  const away = { ...accessWith(keyFor('ann'), keyFor('gone', { revokedAtMs: 1 })) };
  const other = await serveApi({ controller, ...away, keys: { ...away.keys, healthy: () => false } });
  const at = (headers: object) => request(`http://127.0.0.1:${other.port}/v1/agents`, { headers: { ...headers } });
  const unknown = await at(bearer('unknown'));
  expect([unknown.statusCode, unknown.headers['retry-after']]).toEqual([503, '2']);
  expect((await at(bearer('ann'))).statusCode).toBe(200);
  expect((await at(bearer('gone'))).statusCode).toBe(401);
  await other.stop();
});

describe('documents take the role of their kind', () => {
  const gate = `\napiVersion: coalmine/v1\nkind: Gate\nmetadata: { name: g }\nspec: { agent: support, version: v2, passed: true }\n`;
  const hook = rolloutYaml('\n  notify: { webhook: "http://169.254.169.254/latest" }', 'hooked');
  const apply = (role: ControllerRole, text: string, query = ''): Promise<Answer> =>
    ask('POST', `/v1/documents${query}`, bearer(role), text, YAML);

  it('an Agent is for admins: it says where users are sent', async () => {
    const refused = await apply('operate', OTHER.replace('9101', '9999'));
    expect([refused.status, refused.body.detail]).toEqual([403, 'to apply the Agent other a key needs the role admin']);
    expect((await apply('operate', `${gate}---${OTHER.replace('9101', '9999')}`)).status).toBe(403);
    expect((await ask('GET', '/v1/agents/other', bearer('view'))).body.sequence).toBe(1);
  });

  it('a passed gate is filed by who may propose, under the name of their key', async () => {
    expect((await apply('view', gate)).status).toBe(403);
    expect((await apply('propose', gate)).status).toBe(200);
    const { body } = await ask('GET', '/v1/decisions?agent=support&limit=1', bearer('view'));
    expect(body.decisions[0]).toMatchObject({ type: 'report', by: 'propose (key_propose)' });
  });

  it('a restart ends what is under way, so who may only propose may not ask for it', async () => {
    expect((await apply('propose', rolloutYaml(), '?restart=true')).status).toBe(403);
    expect((await apply('operate', rolloutYaml(), '?restart=true')).status).toBe(200);
  });

  it('a webhook leads where an admin or the operator of the controller allows, and no proposer can have it call an address', async () => {
    const abort = await ask('POST', '/v1/rollouts/support-v2/abort', bearer('operate'));
    expect(abort.status).toBe(200);
    const refused = await apply('operate', hook);
    expect([refused.status, refused.body.issues[0]?.path]).toEqual([400, 'spec.notify.webhook']);
    expect(refused.body.detail).toContain('CONTROLLER_WEBHOOK_ORIGINS: it allows none');
    expect((await apply('admin', hook)).status).toBe(200);
    expect((await ask('POST', '/v1/rollouts/hooked/abort', bearer('operate'))).status).toBe(200);
  });
});

describe('a key for one agent', () => {
  const by = bearer('restricted');

  it('sees that one alone, and is told of any other what is told of none', async () => {
    expect((await ask('GET', '/v1/agents', by)).body.agents.map(({ name }) => name)).toEqual(['other']);
    expect((await ask('GET', '/v1/rollouts', by)).body).toEqual({ rollouts: [], next: null });
    const unseen = await ask('GET', '/v1/agents/support', by);
    expect([unseen.status, unseen.body.detail]).toEqual([404, 'there is no agent support']);
    expect((await ask('GET', '/v1/decisions?agent=support', by)).status).toBe(404);
    expect((await ask('GET', '/v1/rollouts/support-v2', by)).body).toEqual(
      (await ask('GET', '/v1/rollouts/support-v2', by)).body,
    );
    expect((await ask('GET', '/v1/rollouts/support-v2', by)).status).toBe(404);
  });

  it('changes that one alone', async () => {
    for (const text of [AGENT_YAML, rolloutYaml(), `${OTHER}---${rolloutYaml()}`])
      expect((await ask('POST', '/v1/documents', by, text, YAML)).status).toBe(404);
    for (const command of ['pause', 'resume', 'promote', 'abort', 'restart'])
      expect((await ask('POST', `/v1/rollouts/support-v2/${command}`, by)).status).toBe(404);
    expect((await ask('POST', '/v1/agents/support/stable', by, '{"version":"v2"}', JSON_BODY)).status).toBe(404);
    expect((await ask('POST', '/v1/agents/other/stable', by, '{"version":"v2"}', JSON_BODY)).status).toBe(200);
  });
});

describe('who took a step', () => {
  it('is told by the key: no header and no body says otherwise', async () => {
    const headers = { ...bearer('admin'), 'x-coalmine-actor': 'controller' };
    const named = await ask(
      'POST',
      '/v1/agents/other/stable',
      headers,
      '{"version":"v1","by":"controller"}',
      JSON_BODY,
    );
    expect(named.status).toBe(400);
    const { status, body } = await ask('POST', '/v1/agents/other/stable', headers, '{"version":"v3"}', JSON_BODY);
    expect([status, body.decision.by]).toEqual([200, 'admin (key_admin)']);
    expect(body.decision.reason).toBe('stable set from v2 to v3 by admin');
  });

  it('is never the controller, even where a key got that name past the command line', async () => {
    const sly = keyFor('sly', { name: 'controller' });
    const other = await serveApi({ controller, ...accessWith(sly) });
    const response = await request(`http://127.0.0.1:${other.port}/v1/agents/other/stable`, {
      method: 'POST',
      headers: { ...bearer('sly'), ...JSON_BODY },
      body: '{"version":"v1"}',
    });
    expect(await response.body.json()).toMatchObject({ decision: { by: 'controller (key_sly)' } });
    await other.stop();
  });
});

describe('without a key', () => {
  it('there is /livez and /readyz, and /metrics for programs on this host alone', async () => {
    for (const path of ['/livez', '/readyz', '/metrics']) expect((await ask('GET', path, {})).status).toBe(200);
    expect((await ask('GET', '/metrics', { 'x-forwarded-for': '192.0.2.1' })).status).toBe(401);
    expect((await ask('GET', '/metrics', { origin: `http://127.0.0.1:${api.port}` })).status).toBe(401);
    expect((await ask('GET', '/metrics', { 'x-forwarded-for': '192.0.2.1', ...bearer('view') })).status).toBe(200);
    expect((await ask('GET', '/metrics', { 'x-forwarded-for': '192.0.2.1', ...bearer('caller') })).status).toBe(200);
    expect((await ask('GET', '/nothing', {})).status).toBe(401);
  });

  it('a role may be given on loopback, and nowhere else', async () => {
    for (const [host, status] of [
      ['127.0.0.1', 200],
      ['0.0.0.0', 401],
    ] as const) {
      const open = await serveApi({ controller, ...accessWith(), host, anonymousRole: 'view' });
      const at = async (path: string, method: 'GET' | 'POST' = 'GET', headers = {}): Promise<number> => {
        const response = await request(`http://127.0.0.1:${open.port}${path}`, { method, headers });
        await response.body.dump();
        return response.statusCode;
      };
      expect(await at('/v1/agents')).toBe(status);
      expect(await at('/v1/rollouts/x/abort', 'POST')).toBe(status === 200 ? 403 : 401);
      expect(await at('/v1/agents', 'GET', bearer('unknown'))).toBe(401);
      await open.stop();
    }
  });
});

describe('a page in a browser', () => {
  it('of another origin is refused, whatever key it has', async () => {
    expect((await ask('GET', '/v1/agents', { ...bearer('admin'), origin: 'https://evil.example' })).status).toBe(403);
  });

  it('that had its own name resolved to this host is refused by that name, where it listens on loopback', async () => {
    for (const host of ['evil.example', `evil.example:${api.port}`, '0.0.0.0'])
      for (const path of ['/v1/agents', '/metrics', '/readyz'])
        expect((await ask('GET', path, { ...bearer('admin'), host })).status).toBe(403);
  });

  it('that did so where it listens on all addresses finds that it needs a key, for metrics too', async () => {
    const wide = await serveApi({ controller, ...accessWith(), host: '0.0.0.0', anonymousRole: 'admin' });
    for (const path of ['/v1/agents', '/metrics']) {
      const headers = { host: `evil.example:${wide.port}` };
      const response = await request(`http://127.0.0.1:${wide.port}${path}`, { headers });
      await response.body.dump();
      expect(response.statusCode).toBe(401);
    }
    await wide.stop();
  });
});
