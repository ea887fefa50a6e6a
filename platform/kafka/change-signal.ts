/** Lets loops wait for "something changed" without polling; what changed they look up themselves. */
export type ChangeSignal = { notify(): void; next(): Promise<void> };

export const createChangeSignal = (): ChangeSignal => {
  let waiting: (() => void)[] = [];
  return {
    notify: () => {
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
    next: () => new Promise((resolve) => waiting.push(resolve)),
  };
};
