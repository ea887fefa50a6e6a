import { expect, it } from 'vitest';
import { isLoopbackHost, isLoopbackName } from './loopback-host.ts';

it('takes for this machine what names it, with any port and in any case', () => {
  for (const host of [
    'localhost',
    'LocalHost:8080',
    '127.0.0.1',
    '127.0.0.1:1',
    '127.9.9.9:65535',
    '[::1]',
    '[::1]:8080',
  ])
    expect([host, isLoopbackHost(host)]).toEqual([host, true]);
  for (const name of ['localhost', '127.0.0.1', '::1', '[::1]'])
    expect([name, isLoopbackName(name)]).toEqual([name, true]);
});

it('takes no other name for it, however much alike it is', () => {
  const others = [
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example:127',
    'localhost:8080@evil',
    'localhost, evil',
  ];
  for (const host of [
    ...others,
    '0.0.0.0',
    '[::]',
    '::1',
    '',
    ' localhost',
    'localhost:',
    'localhost:x',
    '128.0.0.1',
    undefined,
  ])
    expect([host, isLoopbackHost(host)]).toEqual([host, false]);
  for (const name of [...others, '0.0.0.0', '::', '', '10.0.0.1'])
    expect([name, isLoopbackName(name)]).toEqual([name, false]);
});
