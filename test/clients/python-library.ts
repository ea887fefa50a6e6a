import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { TOOL_RESULT } from './agent/script.ts';
import type { Library } from './library.ts';
import { AGENT, type Started, type Urls } from './matrix.ts';
import { findPython } from './python-environment.ts';
import { OPENAI_TOOL } from './weather-tool.ts';

type Reply = { got: unknown } | { raised: { kind: string; status: number | null; message: string } };

/** An error of a Python library, under the name that it has there. */
class PythonError extends Error {
  readonly status: number | null;

  constructor({ kind, status, message }: { kind: string; status: number | null; message: string }) {
    super(message);
    this.name = kind;
    this.status = status;
  }
}

/** A library for Python: `python/<program>` calls it in a process of its own, which lives as long as the test file. */
export const startPythonLibrary = async (program: string, urls: Urls): Promise<Started> => {
  const found = await findPython();
  if ('missing' in found) return found;
  const given = JSON.stringify({ ...urls, agent: AGENT, tool: OPENAI_TOOL, result: TOOL_RESULT });
  const script = path.join(import.meta.dirname, 'python', program);
  const child = spawn(found.python, [script, given], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const replies = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const replied = async <T>(): Promise<T> => {
    const { value, done } = await replies.next();
    if (done === true) throw new Error(`${program} ended before it answered`);
    const reply = JSON.parse(value) as Reply;
    if ('raised' in reply) throw new PythonError(reply.raised);
    return reply.got as T;
  };
  const call = <T>(name: keyof Library, ask: string): Promise<T> => {
    child.stdin.write(`${JSON.stringify({ case: name, ask })}\n`);
    return replied();
  };
  await replied();
  return {
    library: {
      plain: (ask) => call('plain', ask),
      stream: (ask) => call('stream', ask),
      tools: (ask) => call('tools', ask),
      structured: (ask) => call('structured', ask),
      leave: (ask) => call('leave', ask),
    },
    stop: async () => {
      child.stdin.end();
      child.kill();
      await ended;
    },
  };
};
