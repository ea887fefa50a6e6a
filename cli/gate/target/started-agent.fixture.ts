import { writeFileSync } from 'node:fs';

/**
 * An agent as a script, that starts two processes of its own, one of which leaves its process group. It tells the process ids of all three in a
 * file, says each question again, and prints what is given as `SAYS`.
 */
const SCRIPT = `
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
const [port, pidFile, delayMs = '0', stubborn = ''] = process.argv.slice(2);
const near = spawn('sleep', ['1000'], { stdio: 'ignore' });
const far = spawn('sleep', ['1000'], { stdio: 'ignore', detached: true });
if (stubborn) process.on('SIGTERM', () => {});
console.log('the agent is up ' + process.env.SAYS);
createServer((request, response) => {
  if (request.url === '/livez') return void response.end('ok');
  let text = '';
  request.on('data', (chunk) => (text += chunk));
  request.on('end', () => {
    const question = JSON.parse(text).messages.at(-1).content;
    if (question === process.env.DIES_AT) process.exit(7);
    const body = JSON.stringify({ choices: [{ message: { role: 'assistant', content: question } }] });
    setTimeout(() => response.writeHead(200, { 'content-type': 'application/json' }).end(body), Number(delayMs));
  });
}).listen(Number(port), '127.0.0.1', () => writeFileSync(pidFile, JSON.stringify([process.pid, near.pid, far.pid])));
`;

export const writeAgent = (file: string): void => writeFileSync(file, SCRIPT);

/** Whether a process is there and has not ended. */
export const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
