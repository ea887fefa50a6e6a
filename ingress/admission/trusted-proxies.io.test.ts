import { describe, expect, it } from 'vitest';
import { createAddressing } from './trusted-proxies.io.ts';

describe('a client’s address', () => {
  const addressOf = createAddressing(['10.0.0.0/8', '192.0.2.7', '2001:db8:ffff::/48', '::1', '::ffff:198.51.100.9']);

  it.each([
    ['203.0.113.5', undefined, '203.0.113.5', 'is the peer’s'],
    ['203.0.113.5', '1.1.1.1', '203.0.113.5', 'is the peer’s if the peer is no trusted proxy, whatever it says'],
    ['10.1.2.3', undefined, '10.1.2.3', 'is the proxy’s own if it says nothing'],
    ['10.1.2.3', '', '10.1.2.3', 'is the proxy’s own if what it says is empty'],
    ['10.1.2.3', '203.0.113.5', '203.0.113.5', 'is what a trusted proxy says'],
    ['10.1.2.3', '1.1.1.1, 203.0.113.5', '203.0.113.5', 'is not what the client itself says'],
    ['10.1.2.3', '1.1.1.1, 203.0.113.5 ,192.0.2.7,10.9.9.9', '203.0.113.5', 'is found past several trusted proxies'],
    ['10.1.2.3', '10.0.0.1, 10.0.0.2', '10.0.0.1', 'is the farthest proxy’s if all are trusted'],
    ['10.1.2.3', '203.0.113.5, unknown', '10.1.2.3', 'is the nearest known one if a step is no address'],
    ['10.1.2.3', '203.0.113.5, _hidden, 10.0.0.5', '10.0.0.5', 'does not go past a step that is no address'],
    ['::ffff:10.1.2.3', '203.0.113.5', '203.0.113.5', 'is found when the peer’s IPv4 address comes as IPv6'],
    ['0000:0000:0000:0000:0000:ffff:0a01:0203', '203.0.113.5', '203.0.113.5', 'is found however that is spelled'],
    ['10.1.2.3', '::ffff:203.0.113.5', '203.0.113.5', 'has one spelling'],
    ['0000:0000:0000:0000:0000:0000:0000:0001', '2001:DB8:0::0:1', '2001:db8::1', 'has one spelling in IPv6, too'],
    ['2001:db8:ffff:1::2', '203.0.113.5:4711', '203.0.113.5', 'is without its port'],
    ['2001:db8:ffff:1::2', '[2001:db8::1]:4711', '2001:db8::1', 'is without its port and brackets'],
    ['2001:db8:fffe:1::2', '203.0.113.5', '2001:db8:fffe:1::2', 'is the peer’s if that is just outside the block'],
    ['198.51.100.9', '203.0.113.5', '203.0.113.5', 'is believed of a proxy that is named as IPv4 in IPv6'],
  ] as [string, string | undefined, string, string][])('%s saying %s: %s %s', (peer, said, address) => {
    expect(addressOf(peer, said)).toBe(address);
  });

  it('is the peer’s where no proxy is trusted', () => {
    expect(createAddressing([])('10.1.2.3', '203.0.113.5')).toBe('10.1.2.3');
  });

  it('is found in a hostile list of any length', () => {
    expect(addressOf('10.1.2.3', `${'10.0.0.1,'.repeat(5_000)}203.0.113.5`)).toBe('203.0.113.5');
  });
});
