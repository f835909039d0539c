import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CliContext } from '../../cli-context.ts';

/** Whether there is a screen on which a browser could show itself. */
export function hasDisplay(env: CliContext['env'], platform: NodeJS.Platform = process.platform): boolean {
  if (platform === 'darwin' || platform === 'win32') return true;
  return Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
}

/**
 * Has the user's browser open a URL that holds a secret. Command lines can be read by other users of the machine, so the browser is given a file, for this user
 * alone, that leads there. Never fails: the URL was printed as well.
 *
 * @returns removes that file
 */
export function openBrowser(url: string, env: CliContext['env'], platform = process.platform): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'agl-ui-'));
  const forget = (): void => rmSync(folder, { recursive: true, force: true });
  const file = join(folder, 'open.html');
  writeFileSync(file, redirectTo(url), { mode: 0o600 });
  const [program, args] = openerOf(platform);
  const child = spawn(program, [...args, pathToFileURL(file).href], {
    stdio: 'ignore',
    detached: true,
    env: { ...env },
  });
  child.on('error', () => {
    // There is no such program.
  });
  child.unref();
  return forget;
}

function openerOf(platform: NodeJS.Platform): [program: string, args: readonly string[]] {
  if (platform === 'darwin') return ['open', []];
  // What `start` does, without the shell that it is a part of.
  if (platform === 'win32') return ['rundll32', ['url.dll,FileProtocolHandler']];
  return ['xdg-open', []];
}

/** The URL is of a server of ours: an address, a port, and a token of letters. What it is not made of is written as a number all the same. */
function redirectTo(url: string): string {
  const safe = url.replaceAll(/[^\w:/.#=%[\]-]/g, (character) => `&#${character.codePointAt(0)};`);
  return `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>Agent Lightning</title><meta http-equiv="refresh" content="0;url=${safe}"><a href="${safe}">Agent Lightning</a>\n`;
}
