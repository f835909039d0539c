#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { compileCacheFolder } from './compile-cache.ts';

// Before the rest is imported. It does nothing where the folder cannot be written, or a user has chosen another or none by NODE_COMPILE_CACHE or
// NODE_DISABLE_COMPILE_CACHE.
enableCompileCache(compileCacheFolder());
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
