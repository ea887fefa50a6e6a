import { describe, expect, it } from 'vitest';
import { allInCpuUs, bytesTable, idleServicesMs, jsonOf, type Side, stageFigures, stagesTable } from './report.ts';
import { type Figures, type Round, type Stage, STAGES } from './round.ts';

const IDLE = {
  services: { ingress: 10, mirror: 5, judge: 6, analyzer: 20, controller: 7 },
  kafka: 40.26,
  kafkaAlone: 15,
};

const roundOf = (cpuUs: number, bytes: Record<string, number> = {}, stages: readonly Stage[] = STAGES): Round => {
  const figures = (): Figures => ({ perSecond: 1e6 / cpuUs, cpuUs, floorCpuUs: cpuUs / 4 });
  return {
    stages: Object.fromEntries(stages.map((stage) => [stage, figures()])),
    bytes,
    windowRows: null,
    notes: [],
    losses: [],
  };
};

const sideOf = (rounds: readonly Round[], name = 'ours'): Side => ({ name, rounds, idle: IDLE });

describe('the report', () => {
  it('takes medians over the rounds, whatever their order', () => {
    const rounds = [roundOf(300), roundOf(100), roundOf(200)];
    expect(stageFigures(rounds, 'judge')).toEqual({ perSecond: 5_000, cpuUs: 200, floorCpuUs: 50 });
    expect(stageFigures(rounds.toReversed(), 'judge')).toEqual(stageFigures(rounds, 'judge'));
  });

  it('adds up the five stages from ingress to decision, and says nothing while one is missing', () => {
    expect(allInCpuUs([roundOf(100), roundOf(200)])).toBe(5 * 150);
    expect(allInCpuUs([roundOf(100, {}, ['judge', 'analyzer', 'mirror', 'controller'])])).toBeNull();
  });

  it('leaves the replaying mirror out of the sum', () => {
    const round = roundOf(100);
    expect(allInCpuUs([{ ...round, stages: { ...round.stages, 'mirror-shadow': round.stages.judge! } }])).toBe(500);
  });

  it('adds up what the five services use with nothing to do', () => {
    expect(idleServicesMs(IDLE)).toBe(48);
  });

  it('ends with the line that programs read, null for what was not measured', () => {
    expect(jsonOf(sideOf([roundOf(100)]))).toEqual({
      stages: Object.fromEntries(
        ['judge', 'analyzer', 'mirror', 'controller', 'publisher'].map((stage) => [
          stage,
          { perSecond: 10_000, cpuUs: 100, floorCpuUs: 25 },
        ]),
      ),
      idleMsPerSecond: { services: 48, kafka: 40.3 },
      allInCpuUs: 500,
    });
    expect(jsonOf({ name: 'ours', rounds: [roundOf(100, {}, ['judge'])], idle: null })).toMatchObject({
      stages: { analyzer: null },
      idleMsPerSecond: { services: null, kafka: null },
      allInCpuUs: null,
    });
  });

  it('has checkouts below each other at every stage, with target and floor', () => {
    const table = stagesTable([sideOf([roundOf(400)], 'before'), sideOf([roundOf(100)])], STAGES).split('\n');
    expect(table[2]).toBe('| before | judge | 2,500 | 400 | ≤ 300 | 100 | 4.0 | ≤ 3 |');
    expect(table[3]).toBe('| ours | judge | 10,000 | 100 | ≤ 300 | 25 | 4.0 | ≤ 3 |');
    expect(table.at(-1)).toBe('| ours | all in |  | 500 | ≤ 1,000 |  |  |  |');
  });

  it('has the bytes of every topic that any checkout filled', () => {
    const sides = [sideOf([roundOf(1, { a: 10 }), roundOf(1, { a: 30 })], 'before'), sideOf([roundOf(1, { b: 7 })])];
    expect(bytesTable(sides).split('\n').slice(2)).toEqual([
      '| a, bytes | 20 | – |',
      '| b, bytes | – | 7 |',
      '| rows of windows | – | – |',
    ]);
  });
});
