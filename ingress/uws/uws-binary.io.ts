import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * SHA-256 of each of uWebSockets.js' binaries for Node 22 (ABI 127), as they were when the package was looked at (decision 0042). What
 * speaks to the whole world is machine code that a third party packed: another one is not loaded, wherever it came from.
 */
export const BINARIES: Readonly<Record<string, string>> = {
  'uws_darwin_arm64_127.node': 'abbeea53d48e21c01808203e9f9835728f2cea720d2e5b154837ee3045b513be',
  'uws_darwin_x64_127.node': 'afd992dc1ca1e33cdc7ce0c72a60baf236e590a257fcecbbbce7bc1a35451387',
  'uws_linux_arm64_127.node': 'd4c4f8b2c28c5f6544b49e36d91b0beee238a5b90a07904a947f77061c8b814d',
  'uws_linux_x64_127.node': '8cabc918bbf9a07323e54f89a33882491080b2eb35df0607f473ccdb1f3c31af',
  'uws_win32_x64_127.node': '585d6ee2dbfc750b1d5a59e6ceaef8a977e90ef3e298a82821d58b41cd72a8c0',
};

/** Where uws-pack has them, and where the upstream project has them. */
const FOLDERS = ['./bin/', './'];

/**
 * Throws, with a sentence for the operator, unless the binary that the package beside `entry` (a file URL) would load here is one that is
 * known. Reads it once, at the start: some 7 MB, 10 ms.
 */
export const checkUwsBinary = (entry: string): void => {
  const { platform, arch, versions } = process;
  const name = `uws_${platform}_${arch}_${versions.modules}.node`;
  const known = BINARIES[name];
  if (known === undefined)
    throw new Error(
      `uWebSockets.js has no known binary ${name}: run with Node 22, on ${Object.keys(BINARIES).join(', ')}`,
    );
  const file = FOLDERS.map((folder) => fileURLToPath(new URL(folder + name, entry))).find(existsSync);
  if (file === undefined) throw new Error(`uWebSockets.js is not whole: ${name} is missing; install the packages anew`);
  const found = createHash('sha256').update(readFileSync(file)).digest('hex');
  if (found !== known)
    throw new Error(
      `${file} is not the binary that was looked at: its SHA-256 is ${found}, not ${known}; install the packages anew, or if you changed the package, see docs/supply.md`,
    );
};
