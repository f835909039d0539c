import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const AGL = fileURLToPath(new URL('../packages/cli/src/agl.ts', import.meta.url));

/** `agl ui` in a process of its own. */
export interface ShownRun {
  /** As it is opened in a browser, with the token. */
  readonly url: string;
  /** Asks a data route, with the token; a body is posted as JSON. */
  ask(path: string, body?: object): Promise<Response>;
  end(): Promise<void>;
}

/** Starts `agl ui` for a run and waits until it listens. */
export async function showRun(directory: string): Promise<ShownRun> {
  const child = spawn(process.execPath, [AGL, 'ui', directory, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const said = await Promise.race([once(child.stdout, 'data'), exited.then(() => undefined)]);
  if (said === undefined) throw new Error('agl ui ended before it listened');
  const { url } = JSON.parse(String(said[0])) as { url: string };
  const [base, token] = url.split('/#token=');
  return {
    url,
    async ask(path, body) {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const request = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
      const response = await fetch(`${base}/v1/agl/${path}`, request);
      if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`);
      return response;
    },
    async end() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
