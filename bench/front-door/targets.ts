import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Shape } from './exchange.ts';
import { findBifrost, findLiteLlm, findNginx, findPortkey } from './install.ts';
import type { Program } from './machine.ts';

/** What is measured, and how each is started in front of the same upstream. */

export type Place = {
  upstreamPort: number;
  /** Where the target is to listen. */
  port: number;
  /** For its configuration and data; empty at its start, removed at its end. */
  folder: string;
  /** Where peers are installed. */
  home: string;
};

export type Target = {
  name: string;
  what: string;
  shape: Shape;
  /** Its WebSocket path; null if it proxies none. */
  wsPath: string | null;
  hasStreams: boolean;
  /** The program in the foreground; null for what runs already: the upstream. Throws NotInstallable. */
  prepare: (place: Place) => Promise<Program | null>;
};

export const PLAIN: Shape = { path: '/v1/chat/completions', model: 'bench', headers: [] };

const nginxConfig = ({ upstreamPort, port, folder }: Place, isMirrored: boolean): string => {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const upstream = (name: string): string =>
    `upstream ${name} { server 127.0.0.1:${upstreamPort}; keepalive 256; keepalive_requests 1000000000; }`;
  return `
worker_processes 1; pid ${folder}/nginx.pid; error_log stderr warn; worker_rlimit_nofile 16384;
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 1000000000; client_body_buffer_size 64k; server_tokens off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
  ${['stable', 'candidate', 'shadow'].map(upstream).join('\n  ')}
  split_clients "$request_id" $arm { 10% candidate; * stable; }
  map $http_upgrade $connection_kept { default upgrade; '' ''; }
  proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_kept;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { ${isMirrored ? 'mirror /shadow; ' : ''}proxy_pass http://$arm; add_header x-arm $arm; }
    location = /shadow { internal; proxy_pass http://shadow$request_uri; }
  }
}
`;
};

const nginx = (name: string, what: string, isMirrored: boolean): Target => ({
  name,
  what,
  shape: PLAIN,
  // A mirrored upgrade holds its connection until the mirror's is over, so there is nothing to measure.
  wsPath: isMirrored ? null : '/ws',
  hasStreams: true,
  prepare: async (place) => {
    const command = await findNginx(place.home);
    const file = path.join(place.folder, 'nginx.conf');
    writeFileSync(file, nginxConfig(place, isMirrored));
    return { command, args: ['-p', place.folder, '-e', 'stderr', '-c', file, '-g', 'daemon off;'] };
  },
});

const litellm: Target = {
  name: 'litellm',
  what: 'LiteLLM proxy (PyPI), 1 worker',
  shape: { ...PLAIN, headers: ['authorization: Bearer sk-bench'] },
  wsPath: null,
  hasStreams: true,
  prepare: async ({ upstreamPort, port, folder, home }) => {
    const arm = (model: string, weight: number) => ({
      model_name: 'bench',
      litellm_params: { model, api_base: `http://127.0.0.1:${upstreamPort}/v1`, api_key: 'sk-x', weight },
    });
    const config = {
      model_list: [arm('openai/stable', 9), arm('openai/candidate', 1)],
      litellm_settings: { set_verbose: false, telemetry: false, num_retries: 0 },
      router_settings: { routing_strategy: 'simple-shuffle' },
    };
    const file = path.join(folder, 'litellm.yaml');
    writeFileSync(file, JSON.stringify(config));
    return {
      command: await findLiteLlm(home),
      args: ['--config', file, '--host', '127.0.0.1', '--port', String(port), '--num_workers', '1'],
      env: {
        LITELLM_LOCAL_MODEL_COST_MAP: 'True',
        LITELLM_MODE: 'PRODUCTION',
        LITELLM_LOG: 'ERROR',
        LITELLM_MASTER_KEY: 'sk-bench',
      },
    };
  },
};

/** Its routing travels in a header, which names the upstream: the port is put in when it is known. */
const portkey = (upstreamPort: number): Target => {
  const arm = (weight: number) => ({
    provider: 'openai',
    custom_host: `http://127.0.0.1:${upstreamPort}/v1`,
    api_key: 'x',
    weight,
  });
  const config = { strategy: { mode: 'loadbalance' }, targets: [arm(0.9), arm(0.1)] };
  return {
    name: 'portkey',
    what: 'Portkey gateway (npm)',
    shape: { ...PLAIN, headers: [`x-portkey-config: ${JSON.stringify(config)}`] },
    wsPath: null,
    hasStreams: true,
    prepare: async ({ port, home }) => ({
      command: process.execPath,
      args: [await findPortkey(home), '--headless', `--port=${port}`],
      env: { NODE_ENV: 'production' },
    }),
  };
};

const bifrost: Target = {
  name: 'bifrost',
  what: 'Bifrost (Go)',
  shape: { ...PLAIN, model: 'openai/bench' },
  wsPath: null,
  hasStreams: true,
  prepare: async ({ upstreamPort, port, folder, home }) => {
    const command = await findBifrost(home);
    const openai = {
      keys: [{ name: 'bench', value: 'sk-x', models: ['bench'], weight: 1 }],
      network_config: { base_url: `http://127.0.0.1:${upstreamPort}` },
      concurrency_and_buffer_size: { concurrency: 1_000, buffer_size: 5_000 },
    };
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ providers: { openai } }));
    const listen = ['-host', '127.0.0.1', '-port', String(port)];
    return { command, args: ['-app-dir', folder, ...listen], env: { GOMAXPROCS: '1' } };
  },
};

const hello: Target = {
  name: 'uws-hello',
  what: 'bare uWebSockets.js, a fixed answer, no upstream',
  shape: PLAIN,
  wsPath: null,
  hasStreams: false,
  prepare: async ({ port }) => ({
    command: process.execPath,
    args: [path.join(import.meta.dirname, '..', 'front-door.ts'), '--role', 'hello', '--port', String(port)],
  }),
};

const direct: Target = {
  name: 'direct',
  what: 'the upstream itself',
  shape: PLAIN,
  wsPath: '/ws',
  hasStreams: true,
  prepare: async () => null,
};

/** Every target but ours, in the order of a round. */
export const peersOf = (upstreamPort: number): Target[] => [
  direct,
  hello,
  nginx('nginx', 'nginx, plain proxy', false),
  nginx('nginx-mirror', 'nginx with `mirror`', true),
  litellm,
  portkey(upstreamPort),
  bifrost,
];
