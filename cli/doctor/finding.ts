/** What one look found: all is well, something to know of, or something that does not work, with what to do about it. */
export type Finding = { check: string; level: 'ok' | 'warn' | 'fail'; what: string; todo: string };

/** Makes the findings of one check. */
export const findingsOf = (check: string) => ({
  ok: (what: string): Finding => ({ check, level: 'ok', what, todo: '' }),
  warn: (what: string, todo: string): Finding => ({ check, level: 'warn', what, todo }),
  fail: (what: string, todo: string): Finding => ({ check, level: 'fail', what, todo }),
});

/** What a check looks at is somewhere; it rejects only where nothing can be told, with the reason in words. */
export type Check = {
  name: string;
  /** What is looked at, for the help. */
  about: string;
  run(url: string): Promise<Finding[]>;
};
