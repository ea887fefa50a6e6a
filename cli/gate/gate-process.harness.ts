import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { stringify } from 'yaml';
import { gate } from '../verbs/gate.ts';
import { runVerb } from '../verbs/run-verb.fixture.ts';

const root = path.resolve(import.meta.dirname, '../..');

export type Ended = { code: number | null; stdout: string; stderr: string };
/** A gate under way: its process, and what comes of it. */
export type RunningGate = { child: ChildProcess; ended: Promise<Ended> };

type Answer = (
  question: string,
  key: string | undefined,
) => { status?: number; content?: string; headers?: Record<string, string> };

/** A folder with a plan and its questions, an agent to ask, and gates. `close` ends and removes all of it. */
export const createGateBench = () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gate-'));
  const withState = (args: readonly string[]): string[] => [
    ...args,
    '--state',
    path.join(folder, 'state'),
    ...(args.includes('--url') ? [] : ['--no-file-verdict']),
  ];
  const servers: Server[] = [];
  const children: ChildProcess[] = [];
  return {
    folder,
    file: (name: string) => path.join(folder, name),
    /** Questions `q0`, `q1`, … whose golden answer is their own name. */
    questions: (count: number): void => {
      const rows = Array.from({ length: count }, (_, i) => ({
        id: `q${i}`,
        question: `q${i}`,
        golden: `q${i}`,
        slices: { half: i % 2 === 0 ? 'even' : 'odd' },
      }));
      writeFileSync(path.join(folder, 'questions.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
    },
    plan: (spec: object): string => {
      const file = path.join(folder, 'gate.yaml');
      const document = {
        apiVersion: 'coalmine/v1',
        kind: 'GatePlan',
        metadata: { name: 'golden' },
        spec: {
          agent: 'support',
          dataset: { file: 'questions.jsonl' },
          criteria: [{ check: 'right', exact: true, minPct: 90 }],
          ...spec,
        },
      };
      writeFileSync(file, stringify(document));
      return file;
    },
    /** An agent in this process. `asked` has each question in the order of their coming; by default it says each question again. */
    agent: async (answer: Answer = (question) => ({ content: question }), delayMs = 0) => {
      const asked: string[] = [];
      const server = createServer((request, response) => {
        const respond = async (): Promise<void> => {
          const body = JSON.parse(await text(request)) as { messages: { content: string }[] };
          const question = body.messages.at(-1)?.content ?? '';
          asked.push(question);
          const { status = 200, content = '', headers = {} } = answer(question, request.headers.authorization);
          const said =
            status === 200
              ? { choices: [{ message: { role: 'assistant', content } }] }
              : { error: { message: content } };
          setTimeout(() => {
            response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(said));
          }, delayMs);
        };
        respond().catch(() => request.socket.destroy());
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked };
    },
    /** A gate in this process, without the time that another takes to start. */
    run: (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
      runVerb(gate, withState(args), env),
    /** A gate as a process of its own. */
    start: (args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningGate => {
      const child = spawn(process.execPath, ['cli/coalmine.ts', 'gate', ...withState(args)], {
        cwd: root,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      children.push(child);
      const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]).then(
        ([stdout, stderr, [code]]): Ended => ({ code: code as number | null, stdout, stderr }),
      );
      return { child, ended };
    },
    close: async (): Promise<void> => {
      for (const child of children) child.kill('SIGKILL');
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
