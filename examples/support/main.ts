import { serveChat } from '../chat-api/chat-server.ts';
import { readOptions } from './options.ts';
import { supportServer } from './support-server.ts';

try {
  const options = readOptions(process.argv.slice(2));
  await serveChat(supportServer(options), options.port);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
