// Packages come from the folder that scripts/test installed them in, not from beside this file.
import { webcrypto } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

globalThis.crypto ??= webcrypto;

/** Where the packages are. */
export const installed = process.env.TESSERA_TEST_CLIENTS ?? join(import.meta.dirname, '../../target/test-clients');
const resolver = createRequire(join(installed, 'npm', 'package.json'));

/** Imports one of the packages that package-lock.json pins; a CommonJS one gives its members too. */
export const load = async (name) => {
  const module = await import(pathToFileURL(resolver.resolve(name)));
  return { ...module.default, ...module };
};
