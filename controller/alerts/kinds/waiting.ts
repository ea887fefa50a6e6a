import { nameOf } from '../../../schemas/actor.ts';
import { type AlertKind, factOf, runsUnderWay, subjectOf, versionOf } from '../alert-kind.ts';

export const waiting: AlertKind = {
  severity: 'info',
  title: (fact) => `Waits for somebody: ${subjectOf(fact)}`,
  about: {
    when: 'a rollout is in a planned pause that somebody must resume, or one person has asked for a promotion that takes two',
    over: 'somebody did, or the rollout ends',
  },
  standing: (world) =>
    runsUnderWay(world).flatMap(({ agent, run }) => {
      const about = { event: 'waiting', severity: 'info', agent, rollout: run.id, version: versionOf(run) } as const;
      const facts = [];
      if (run.asked !== null)
        facts.push(
          factOf({
            ...about,
            key: `waiting|${run.id}|second person`,
            sinceMs: run.asked.atMs,
            summary: `${nameOf(run.asked.by)} asked for the promotion; a second person must agree`,
            by: run.asked.by,
          }),
        );
      if (run.pause !== null && run.pause.untilMs === null)
        facts.push(
          factOf({
            ...about,
            key: `waiting|${run.id}|pause`,
            sinceMs: run.last.timeMs,
            summary: 'the plan pauses here until somebody resumes it',
          }),
        );
      return facts;
    }),
};
