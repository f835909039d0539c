import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The program of a Chromium: what `AGL_CHROMIUM` says, or one on the PATH; `undefined` if there is none. */
export function findChromium(): string | undefined {
  const { AGL_CHROMIUM: given, PATH: path = '' } = process.env;
  if (given !== undefined && given !== '') return given;
  return path
    .split(delimiter)
    .flatMap((directory) => NAMES.map((name) => join(directory, name)))
    .find((file) => existsSync(file));
}

/** Opens a file in a Chromium without a window. @returns the document after that, as HTML, and what the page wrote to the console */
export async function openFromDisk(
  program: string,
  path: string,
  profile: string,
): Promise<{ readonly html: string; readonly log: string }> {
  const child = spawn(
    program,
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--enable-logging=stderr',
      `--user-data-dir=${profile}`,
      '--dump-dom',
      `file://${path}`,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const said = { html: '', log: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.html += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.log += text));
  await once(child, 'close');
  return said;
}
