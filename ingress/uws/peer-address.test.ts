import { expect, it } from 'vitest';
import { ipv4Text } from './peer-address.ts';

const bytes = (...all: number[]): ArrayBuffer => Uint8Array.from(all).buffer;
const ZEROS = Array<number>(10).fill(0);

it('writes an IPv4 address with dots, also one within an IPv6 address', () => {
  expect(ipv4Text(bytes(127, 0, 0, 1))).toBe('127.0.0.1');
  expect(ipv4Text(bytes(255, 254, 0, 192))).toBe('255.254.0.192');
  expect(ipv4Text(bytes(...ZEROS, 255, 255, 203, 0, 113, 7))).toBe('203.0.113.7');
});

it('has no text for other IPv6 addresses', () => {
  expect(ipv4Text(bytes(...ZEROS, 0, 0, 0, 0, 0, 1))).toBeUndefined();
  expect(ipv4Text(bytes(0x20, 1, ...ZEROS, 255, 255, 1, 2))).toBeUndefined();
});
