import type { ComponentChildren } from 'preact';

/** A button for a change. Where that can't be asked for, `why` says so, and it stays in reach of the keyboard and of who reads by ear. */
export const ActButton = ({
  why,
  onAct,
  class: own,
  children,
}: {
  why: string | null;
  onAct: () => void;
  class?: string;
  children: ComponentChildren;
}) => (
  <button
    type="button"
    class={own}
    aria-disabled={why !== null}
    title={why ?? ''}
    onClick={() => {
      if (why === null) onAct();
    }}
  >
    {children}
  </button>
);
