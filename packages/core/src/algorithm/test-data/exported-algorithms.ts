import { algorithm } from '../function-algorithm.ts';

export const named = algorithm(async () => 'named', { moduleUrl: import.meta.url });
export const renamed = algorithm(async () => 'renamed', { moduleUrl: import.meta.url, exportName: 'alias' });
const hidden = algorithm(async () => 'hidden', { moduleUrl: import.meta.url });
export const reveal = (): typeof hidden => hidden;

// A script that trains at its top level with an algorithm of its own.
if (import.meta.main) process.stdout.write((await named.source()).exportName);
