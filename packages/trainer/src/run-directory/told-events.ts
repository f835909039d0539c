import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { RunEvent } from '@agentlightning/core/run';

/** What an event is known by when it comes again: its type, and its key if it has one. */
export function toldKeyOf(event: Pick<RunEvent, 'type'>): string {
  return 'key' in event ? `${event.type} ${String(event.key)}` : event.type;
}

/** Reads from a file of events which it has, see {@link toldKeyOf}; none if there is no file. Lines that cannot be read are left out. */
export async function readTold(path: string): Promise<ReadonlySet<string>> {
  const told = new Set<string>();
  try {
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
      const key = keyOfLine(line);
      if (key !== undefined) told.add(key);
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  return told;
}

function keyOfLine(line: string): string | undefined {
  try {
    return toldKeyOf(JSON.parse(line) as RunEvent);
  } catch {
    return undefined;
  }
}
