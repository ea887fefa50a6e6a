import { readOptions } from './options.ts';
import { jsonReporter, textReporter } from './reporter.ts';
import { runStory } from './run-story.ts';

const options = readOptions(process.argv.slice(2));
const reporter = options.json ? jsonReporter((line) => process.stdout.write(line)) : textReporter(process.stdout);

const SECOND_CALL_MS = 1_000;

/**
 * Ctrl-C ends everything in order; pressed again after a second, at once. Sooner is the same one: a signal to the whole
 * process group comes here twice, by itself and handed on by what started this.
 */
const interrupted = new Promise<void>((resolve) => {
  let firstMs: number | null = null;
  const onSignal = (): void => {
    const nowMs = performance.now();
    if (firstMs !== null && nowMs - firstMs > SECOND_CALL_MS) process.exit(130);
    if (firstMs !== null) return;
    firstMs = nowMs;
    reporter.progress('stopping');
    resolve();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
});

const sayingOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return process.env['LOG_LEVEL'] === 'debug' ? (error.stack ?? error.message) : error.message;
};

let code = 1;
try {
  code = await runStory(options, reporter, interrupted);
} catch (error) {
  process.stderr.write(`coalmine: ${sayingOf(error)}\n`);
}
reporter.close();
// Whatever is still under way, such as a set-up that was interrupted, ends here with all its children.
process.exit(code);
