import type { Leg } from '../reading/stages.ts';

const SAID: Readonly<Record<Leg['is'], string>> = {
  done: 'done',
  now: 'here now',
  next: 'to come',
  stopped: 'ended here',
};

/** The way of a rollout, step by step, with where it is. */
export const Way = ({ legs }: { legs: readonly Leg[] }) => (
  <ol class="way" aria-label="stages">
    {legs.map(({ label, is }) => (
      <li key={label} class={is} aria-current={is === 'now' ? 'step' : undefined}>
        <span>{label}</span>
        <span class="unseen"> ({SAID[is]})</span>
      </li>
    ))}
  </ol>
);
