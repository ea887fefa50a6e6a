import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallQueue } from './call-queue.ts';

type Member = { id: number; queued: boolean; before: Member | null; after: Member | null };

describe('the queue of calls', () => {
  it('is a list from which any member may leave, in the order of arrival', () => {
    const steps = fc.array(fc.option(fc.nat(9)), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (all) => {
        const queue = new CallQueue<Member>();
        const model: Member[] = [];
        for (const [id, leaves] of all.entries()) {
          if (leaves === null) {
            const member = { id, queued: false, before: null, after: null };
            queue.push(member);
            model.push(member);
          } else if (leaves < model.length) {
            const [member] = model.splice(leaves, 1);
            expect(queue.remove(member!)).toBe(true);
            expect(queue.remove(member!)).toBe(false);
          }
          expect(queue.length).toBe(model.length);
          expect(queue.first).toBe(model[0] ?? null);
        }
        for (const member of model) {
          expect(queue.first).toBe(member);
          queue.remove(member);
        }
        expect(queue.first).toBeNull();
      }),
      { seed: 11, numRuns: 500 },
    );
  });
});
