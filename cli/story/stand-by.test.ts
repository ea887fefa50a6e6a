import { describe, expect, it } from 'vitest';
import { standByLines } from './stand-by.ts';

const STACK = {
  ingressUrl: 'http://127.0.0.1:8080',
  controllerUrl: 'http://127.0.0.1:8090',
  adminKey: { file: '/data/controller/admin.key', text: 'cm_live_hush' },
  logFolder: '/logs',
  windowMs: 10_000,
  parts: {
    env: { KAFKA_BROKERS: '127.0.0.1:19092', SCHEMA_REGISTRY_URL: 'http://r', REDIS_URL: 'redis://127.0.0.1:16379' },
  },
};

describe('what is said when nothing is played', () => {
  it('names every address and the way on', () => {
    const text = standByLines(STACK, [], '/kept').join('\n');
    for (const said of ['http://127.0.0.1:8080/v1', '127.0.0.1:19092', 'http://r', 'redis://127.0.0.1:16379', '10s'])
      expect(text).toContain(said);
    expect(text).toContain('controller  http://127.0.0.1:8090, with the key in /data/controller/admin.key');
    expect(text).not.toContain('hush');
    expect(text).toContain('CONTROLLER_URL=http://127.0.0.1:8090 npx coalmine apply agent.yaml');
    expect(text).toContain('kept for the next start in /kept');
    expect(text).not.toContain('known from before');
  });

  it('tells what is known from an earlier start', () => {
    const agent = {
      name: 'guide',
      sequence: 4,
      stable: 'v1',
      versions: [],
      flags: [],
      slices: [],
      arms: [],
      fallbacks: [],
    };
    const agents = [
      { ...agent, rollout: 'guide-v2#4' },
      { ...agent, name: 'idle', rollout: null },
    ] as unknown as Parameters<typeof standByLines>[1];
    const lines = standByLines(STACK, agents, null);
    expect(lines).toContain('  guide: v1 is stable, guide-v2#4 is under way');
    expect(lines).toContain('  idle: v1 is stable');
    expect(lines.at(-1)).toBe('Ctrl-C ends it all.');
  });
});
