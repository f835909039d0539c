// A Chromium for all that looks at pages in one: tests, pictures, the benchmark of the page.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Stands for the Chromium of the package of this name. */
const FROM_PACKAGE = '@sparticuz/chromium';

/** The sandbox needs rights that containers lack, and the pages are ours; the rest keeps the browser from asking its maker for anything. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
];

const require = createRequire(import.meta.url);

/**
 * A Chromium to test with: what `AGL_CHROMIUM` says, one on the PATH, or that of the package `@sparticuz/chromium`; `undefined` if there is none, which is said: what
 * needs it is to be skipped.
 * @returns for {@link startBrowser} or {@link chromiumProgram}
 */
export function findChromium(): string | undefined {
  const { AGL_CHROMIUM: given, PATH: path = '' } = process.env;
  if (given !== undefined && given !== '') return given;
  const onPath = path
    .split(delimiter)
    .flatMap((directory) => NAMES.map((name) => join(directory, name)))
    .find((file) => existsSync(file));
  const found = onPath ?? (hasPackage() ? FROM_PACKAGE : undefined);
  if (found === undefined) console.warn('There is no Chromium: what is to be seen in a browser is not looked at');
  return found;
}

/**
 * The path of a Chromium. That of the package is unpacked for the first who asks.
 * @param found - from {@link findChromium}
 */
export async function chromiumProgram(found: string): Promise<string> {
  return found === FROM_PACKAGE ? await unpacked() : found;
}

/**
 * Starts a browser of one's own, without a window. The caller closes it.
 * @param found - from {@link findChromium}
 */
export async function startBrowser(found: string): Promise<Browser> {
  // Not with the arguments of the package: in one process it dies with the first page that is closed, and without web security it is no test.
  return await chromium.launch({ executablePath: await chromiumProgram(found), args: ARGUMENTS });
}

/** The package has a Chromium for one kind of machine only. */
function hasPackage(): boolean {
  if (process.platform !== 'linux' || process.arch !== 'x64') return false;
  try {
    require.resolve(FROM_PACKAGE);
    return true;
  } catch {
    return false;
  }
}

/** Others may unpack it at the same time, and a program that is still being written cannot be started: each unpacks its own, and the first to be ready keeps it. */
async function unpacked(): Promise<string> {
  const manifest = join(dirname(require.resolve(FROM_PACKAGE)), '../package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const folder = join(tmpdir(), `agl-chromium-${version}`);
  const program = join(folder, 'chromium');
  if (existsSync(program)) return program;
  const own = mkdtempSync(`${folder}-`);
  try {
    await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'unpack-chromium.ts')], {
      env: { ...process.env, TMPDIR: own },
    });
    renameSync(own, folder);
  } catch (error) {
    rmSync(own, { recursive: true, force: true });
    if (!existsSync(program)) throw error;
  }
  return program;
}
