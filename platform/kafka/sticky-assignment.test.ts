import fc from 'fast-check';
import { expect, it } from 'vitest';
import { assignSticky, type Member, type TopicPartition } from './sticky-assignment.ts';

const partitionsOf = (counts: Record<string, number>): TopicPartition[] =>
  Object.entries(counts).flatMap(([topic, count]) =>
    Array.from({ length: count }, (_, partition) => ({ topic, partition })),
  );
const text = (partitions: readonly TopicPartition[] = []): string[] =>
  partitions.map((p) => `${p.topic}${p.partition}`).toSorted();
const newcomer = (id: string, topics = ['a', 'b']): Member => ({ id, topics, owned: [] });

it('shares every topic evenly among newcomers', () => {
  const shares = assignSticky([newcomer('x'), newcomer('y')], partitionsOf({ a: 4, b: 4 }));
  expect(text(shares.get('x'))).toEqual(['a0', 'a2', 'b0', 'b2']);
  expect(text(shares.get('y'))).toEqual(['a1', 'a3', 'b1', 'b3']);
});

it('leaves a member its share of every topic when another joins', () => {
  const all = partitionsOf({ a: 4, b: 4 });
  const shares = assignSticky([{ ...newcomer('x'), owned: all }, newcomer('y')], all);
  expect(text(shares.get('x'))).toEqual(['a0', 'a1', 'b0', 'b1']);
});

it('gives a partition only to a member that reads its topic', () => {
  const shares = assignSticky([newcomer('x', ['a']), newcomer('y')], partitionsOf({ a: 2, b: 2 }));
  expect(text(shares.get('x')).every((name) => name.startsWith('a'))).toBe(true);
  expect(text([...shares.values()].flat())).toEqual(['a0', 'a1', 'b0', 'b1']);
});

const steps = fc.array(fc.record({ comes: fc.boolean(), which: fc.nat(9) }), { minLength: 1, maxLength: 15 });
const topics = fc.record({ a: fc.nat(8), b: fc.nat(8) });

it('assigns each partition once, evenly, and moves no more than it must, as members come and go', () => {
  fc.assert(
    fc.property(topics, steps, (counts, changes) => {
      const all = partitionsOf(counts);
      let members: Member[] = [newcomer('m0')];
      for (const { comes, which } of changes) {
        const id = `m${which}`;
        const without = members.filter((member) => member.id !== id);
        members = comes ? [...without, members.find((member) => member.id === id) ?? newcomer(id)] : without;
        if (members.length === 0) members = [newcomer('m0')];
        const shares = assignSticky(members, all);
        expect(text([...shares.values()].flat())).toEqual(text(all));
        const sizes = [...shares.values()].map((share) => share.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        members = members.map((member) => ({ ...member, owned: shares.get(member.id) ?? [] }));
        const again = assignSticky(members, all);
        for (const [member, share] of shares) expect(text(again.get(member))).toEqual(text(share));
      }
    }),
  );
});

it('lets the first by id keep what two members claim', () => {
  const claimed = [{ topic: 'a', partition: 0 }];
  const shares = assignSticky(
    [
      { ...newcomer('y'), owned: claimed },
      { ...newcomer('x'), owned: claimed },
    ],
    partitionsOf({ a: 1, b: 1 }),
  );
  expect(text(shares.get('x'))).toEqual(['a0']);
  expect(text(shares.get('y'))).toEqual(['b0']);
});
