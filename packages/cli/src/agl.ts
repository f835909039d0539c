#!/usr/bin/env node
// As a whole: an old Node has not all of it, and is to be told so, not to fail over an import.
import * as nodeModule from 'node:module';
import { compileCacheFolder } from './compile-cache.ts';
import { isTooOld, OLDEST_NODE } from './node-version.ts';

if (isTooOld(process.versions.node)) {
  process.stderr.write(`error: agl needs Node ${OLDEST_NODE} or newer: this is ${process.versions.node}\n`);
  process.exit(2);
}
// Before the rest is imported. It does nothing where the folder cannot be written, or a user has chosen another or none by NODE_COMPILE_CACHE or
// NODE_DISABLE_COMPILE_CACHE.
nodeModule.enableCompileCache(compileCacheFolder());
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
