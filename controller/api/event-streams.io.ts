import type { ServerResponse } from 'node:http';
import type { Decision } from '../../schemas/decision.ts';
import type { Person } from '../commands/person.ts';
import type { Controller } from '../service.ts';
import type { AccessEvents } from './access-events.ts';
import { agentView } from './agent-view.ts';
import { toldDecision } from './endpoints/handler.ts';
import { moved, type Position, readPosition, writePosition } from './event-position.ts';

/** Streams that are open at once. */
const MAX_STREAMS = 100;
const MAX_OF_A_KEY = 10;
/** What a reader has not taken of what was written for them. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

export type StreamTiming = { lookEveryMs: number; heartbeatMs: number };
export const STREAM_TIMING: StreamTiming = { lookEveryMs: 1_000, heartbeatMs: 15_000 };

type Followed = Pick<Controller, 'agents' | 'rollout' | 'decisions' | 'follow'>;
type Deps = { controller: Followed; events: AccessEvents; timing: StreamTiming };
type Reader = {
  response: ServerResponse;
  person: Person;
  /** Whether they would still be let in. */
  isWelcome: () => Promise<boolean>;
  position: Position;
  /** Of each view its text, as it was told last. */
  told: Map<string, string>;
};

type View = { agent: string; event: 'agent' | 'rollout'; key: string; data: string };

export type EventStreams = ReturnType<typeof createEventStreams>;

/** Tells everybody who listens what becomes of the agents that they see. No time is kept while nobody does. */
export const createEventStreams = ({ controller, events, timing }: Deps) => {
  const readers = new Set<Reader>();
  let timers: NodeJS.Timeout[] = [];
  let unfollow: (() => void) | null = null;

  const drop = (reader: Reader, why: 'left' | 'slow' | 'refused' | 'stopped'): void => {
    if (!readers.delete(reader)) return;
    events.streamEnded(why, readers.size);
    if (why === 'slow') reader.response.destroy();
    else reader.response.end();
    if (readers.size === 0) rest();
  };

  const write = (reader: Reader, text: string): void => {
    if (!readers.has(reader)) return;
    reader.response.write(text);
    if (reader.response.writableLength > MAX_UNREAD_BYTES) drop(reader, 'slow');
  };

  const tellDecision = (reader: Reader, decision: Decision): void => {
    const { agent, sequence } = decision;
    if (!reader.person.sees(agent) || sequence <= (reader.position.get(agent) ?? 0)) return;
    reader.position = moved(reader.position, agent, sequence);
    write(reader, message('decision', JSON.stringify(toldDecision(decision)), writePosition(reader.position)));
  };

  const tellViews = (reader: Reader, views: readonly View[]): void => {
    for (const { agent, event, key, data } of views) {
      if (!reader.person.sees(agent) || reader.told.get(key) === data) continue;
      reader.told.set(key, data);
      write(reader, message(event, data));
    }
  };

  let isLooking = false;
  /** One at a time: whether somebody is still welcome may have to be asked of Redis. */
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      await Promise.all(
        [...readers].map(async (reader) => {
          if (!(await reader.isWelcome())) drop(reader, 'refused');
        }),
      );
      const views = viewsOf(controller);
      for (const reader of readers) tellViews(reader, views);
    } finally {
      isLooking = false;
    }
  };

  const rest = (): void => {
    for (const timer of timers) clearInterval(timer);
    timers = [];
    unfollow?.();
    unfollow = null;
  };

  const wake = (): void => {
    if (unfollow !== null) return;
    unfollow = controller.follow((decision) => {
      for (const reader of readers) tellDecision(reader, decision);
    });
    const beat = (): void => {
      for (const reader of readers) write(reader, ': still here\n\n');
    };
    timers = [setInterval(() => void look(), timing.lookEveryMs), setInterval(beat, timing.heartbeatMs)];
  };

  /** Tells what came since, oldest first; of what is not kept any more only that it was missed. */
  const catchUp = (reader: Reader): void => {
    for (const { agent, sequence } of controller.agents(reader.person.sees)) {
      const after = reader.position.get(agent) ?? 0;
      if (after >= sequence) continue;
      const since = (controller.decisions(agent, sequence - after) ?? []).toReversed();
      const first = since[0]?.sequence ?? sequence + 1;
      if (first > after + 1) write(reader, message('missed', JSON.stringify({ agent, after, until: first })));
      for (const decision of since) tellDecision(reader, decision);
    }
  };

  return {
    /** Whether one more may be opened by that key. */
    hasRoom: (by: string): boolean =>
      readers.size < MAX_STREAMS && [...readers].filter(({ person }) => person.by === by).length < MAX_OF_A_KEY,
    open: (
      response: ServerResponse,
      person: Person,
      isWelcome: () => Promise<boolean>,
      lastEventId: string | undefined,
    ): void => {
      const position = positionOf(controller, person, lastEventId);
      const reader: Reader = { response, person, isWelcome, position, told: new Map() };
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      readers.add(reader);
      events.streamOpened(readers.size);
      response.on('close', () => drop(reader, 'left'));
      wake();
      write(reader, message('position', '{}', writePosition(position)));
      catchUp(reader);
      tellViews(reader, viewsOf(controller));
    },
    stop: (): void => {
      for (const reader of readers) drop(reader, 'stopped');
    },
  };
};

/** JSON has no line ends, so that each event is one line of data. */
const message = (event: string, data: string, id?: string): string =>
  `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`;

/** Where a stream begins: behind what it was told, and without an id behind all that is there. No log goes back. */
const positionOf = (controller: Followed, { sees }: Person, lastEventId: string | undefined): Map<string, number> => {
  const now = new Map(controller.agents(sees).map(({ agent, sequence }) => [agent, sequence]));
  if (lastEventId === undefined) return now;
  const told = [...readPosition(lastEventId)].filter(([agent]) => now.has(agent));
  return new Map(told.map(([agent, sequence]) => [agent, Math.min(sequence, now.get(agent) ?? 0)]));
};

/** Of each agent, and of its rollout under way, or the last one. */
const viewsOf = (controller: Followed): View[] => [
  ...controller.agents().map((state): View => ({
    agent: state.agent,
    event: 'agent',
    key: `agent ${state.agent}`,
    data: JSON.stringify(agentView(state)),
  })),
  ...controller.agents().flatMap(({ run }): View[] => {
    const view = run === null ? null : controller.rollout(run.id);
    if (view === null) return [];
    return [{ agent: view.agent, event: 'rollout', key: `rollout ${view.id}`, data: JSON.stringify(view) }];
  }),
];
