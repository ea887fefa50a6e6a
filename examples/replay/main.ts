import { parseArgs } from 'node:util';
import { loadDataset } from './dataset.ts';
import { createReplayServer } from './server.ts';

const usage = 'usage: node examples/replay/main.ts --replay <dir> --model <folder> [--port 0] [--speed 1]';

const { values } = parseArgs({
  options: {
    replay: { type: 'string' },
    model: { type: 'string' },
    port: { type: 'string', default: '0' },
    speed: { type: 'string', default: '1' },
  },
});
const port = Number(values.port);
const speed = Number(values.speed);
const valid = values.replay !== undefined && values.model !== undefined && port >= 0 && port < 65_536 && speed > 0;
if (!valid) {
  console.error(usage);
  process.exitCode = 2;
} else {
  try {
    serve(values.replay ?? '', values.model ?? '');
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

function serve(replay: string, model: string): void {
  const dataset = loadDataset(replay, model);
  const { skipped, badRows, unanswered } = dataset;
  console.error(JSON.stringify({ model, prompts: dataset.prompts.length, skipped, badRows, unanswered }));
  const server = createReplayServer(dataset, speed);
  server.listen(port, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object') console.log(JSON.stringify({ listening: address?.port }));
  });
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
}
