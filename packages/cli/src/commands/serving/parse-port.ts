import { InvalidArgumentError } from 'commander';

/** A port on the command line; 0 is a free one. */
export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new InvalidArgumentError('It must be an integer from 0 to 65535.');
}
