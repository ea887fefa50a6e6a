import { ownPackage } from '../own-package.ts';
import { type Check, findingsOf } from './finding.ts';

const { ok, fail } = findingsOf('program');

/** `>=22.18 <23`, the one form that package.json has it in. */
const fits = (version: string, range: string): boolean => {
  const [, major, minor, below] = /^>=(\d+)\.(\d+) <(\d+)$/.exec(range) ?? [];
  const [ours = 0, oursMinor = 0] = version.split('.').map(Number);
  if (major === undefined) return true;
  return ours < Number(below) && (ours > Number(major) || (ours === Number(major) && oursMinor >= Number(minor)));
};

export const nodeFinding = (version: string, range: string, own: string) =>
  fits(version, range)
    ? ok(`coalmine ${own}, Node ${version}`)
    : fail(`Node ${version} runs this, ${range} is needed`, 'run it by `npx coalmine`, which brings its own Node');

export const programCheck: Check = {
  name: 'program',
  about: 'this program and its Node',
  run: async () => {
    const { version, engines } = ownPackage();
    return [nodeFinding(process.versions.node, engines.node, version)];
  },
};
