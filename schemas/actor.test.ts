import { expect, it } from 'vitest';
import { actorOf, keyIdOf, nameOf } from './actor.ts';

it('an actor is a name and the id of a key, and either can be told again', () => {
  const actor = actorOf('ann', 'key_0123456789ab');
  expect([actor, nameOf(actor), keyIdOf(actor)]).toEqual(['ann (key_0123456789ab)', 'ann', 'key_0123456789ab']);
});

it('whatever a name says, the id is that of the key', () => {
  for (const name of ['ann (key_aaaa)', 'controller', '(key_aaaa)', 'ann (key_aaaa) ', ' (key_aaaa)\n']) {
    expect(keyIdOf(actorOf(name, 'key_bbbb'))).toBe('key_bbbb');
    expect(nameOf(actorOf(name, 'key_bbbb'))).toBe(name);
    expect(actorOf(name, 'key_bbbb')).not.toBe('controller');
  }
});

it('the controller, and whoever stands in a log from before, has no key', () => {
  expect([keyIdOf('controller'), nameOf('controller'), keyIdOf('ann'), nameOf('ann')]).toEqual([
    '',
    'controller',
    '',
    'ann',
  ]);
});
