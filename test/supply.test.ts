import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BINARIES } from '../ingress/uws/uws-binary.io.ts';

const read = (file: string): string => readFileSync(path.resolve(import.meta.dirname, '..', file), 'utf8');

type Locked = {
  version: string;
  integrity?: string;
  resolved?: string;
  hasInstallScript?: boolean;
  optional?: boolean;
  os?: string | string[];
  cpu?: string | string[];
};
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> };
const installed = Object.entries(packages).filter(([place]) => place !== '');
const { optionalDependencies, engines } = JSON.parse(read('package.json')) as {
  optionalDependencies: Record<string, string>;
  engines: { node: string };
};
/** As infra/setup.mjs has them, which can't be imported, for it runs. */
const nodePackages = [...read('infra/setup.mjs').matchAll(/'(\w+)-(\w+)': '(node-[\w-]+)'/g)].map(
  ([, os = '', cpu = '', name = '']) => ({ os, cpu, name }),
);

describe('the packages that npm installs', () => {
  it('run no script of their own, whoever installs them', () => {
    expect(read('.npmrc').split('\n')).toContain('ignore-scripts=true');
  });

  it('have scripts that are known not to be needed: two build a faster cipher for Docker over SSH, one prints a warning', () => {
    const withScript = installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([place]) => place);
    expect(withScript).toEqual(['node_modules/cpu-features', 'node_modules/protobufjs', 'node_modules/ssh2']);
  });

  it('are each held to a hash, and to no registry', () => {
    expect(installed.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-'))).toEqual([]);
    expect(installed.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });
});

describe('the Node that runs everything', () => {
  it('is a package for each platform, of one exact version, which only that platform installs', () => {
    expect(nodePackages.map(({ name }) => name).toSorted()).toEqual(Object.keys(optionalDependencies).toSorted());
    for (const { name, os, cpu } of nodePackages) {
      const locked = packages[`node_modules/${name}`];
      expect(locked).toMatchObject({ version: optionalDependencies[name], optional: true, os, cpu });
      expect(locked?.version).toMatch(/^22\.\d+\.\d+$/);
      expect(locked).not.toHaveProperty('hasInstallScript');
    }
    expect(engines.node).toContain('<23');
    expect(packages).not.toHaveProperty('node_modules/node');
  });

  it('has a known binary of uWebSockets.js on each', () => {
    const wanted = nodePackages.map(({ os, cpu }) => `uws_${os}_${cpu}_127.node`);
    expect(Object.keys(BINARIES).toSorted()).toEqual(wanted.toSorted());
  });
});
