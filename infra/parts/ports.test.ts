import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { listeningInodes, pickFreePorts, portTakenMessage, requireFreePort } from './ports.ts';

const procNetTcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:4A94 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 46071 1 0000000 100 0 0 10 0
   1: 0100007F:4A94 0100007F:E1B2 01 00000000:00000000 00:00000000 00000000     0        0 47002 1 0000000 20 4 0 10 -1
   2: 0100007F:C02A 0100007F:4A94 01 00000000:00000000 00:00000000 00000000     0        0 47001 1 000000 20 4 0 10 -1`;

describe('ports', () => {
  it('finds who listens, not who is connected', () => {
    expect(listeningInodes(procNetTcp, 19_092)).toEqual(['46071']);
    expect(listeningInodes(procNetTcp, 19_093)).toEqual([]);
  });

  it('says which port is taken, by whom, and what to do', () => {
    expect(portTakenMessage('Redis', 16_379, 'COALMINE_REDIS_PORT', 42)).toBe(
      'port 16379, needed for Redis, is taken by process 42: end it, or set COALMINE_REDIS_PORT to a free port',
    );
    expect(portTakenMessage('Redis', 16_379, 'COALMINE_REDIS_PORT', undefined)).toContain('taken by another process');
  });

  it('refuses a port that is taken and names its owner where the system tells', async () => {
    const server = net.createServer();
    const [port = 0] = await pickFreePorts(1);
    await new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
    try {
      const owner = process.platform === 'linux' ? `process ${process.pid}` : 'taken by';
      await expect(requireFreePort('Kafka', port, 'COALMINE_KAFKA_PORT')).rejects.toThrow(owner);
    } finally {
      server.close();
    }
  });

  it('picks ports that differ, below those of outgoing connections', async () => {
    const ports = await pickFreePorts(8);
    expect(new Set(ports).size).toBe(8);
    expect(Math.max(...ports)).toBeLessThan(32_768);
  });
});
